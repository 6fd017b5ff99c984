namespace AlignService.Model.Decoding.Simd;

internal sealed unsafe class SimdDecodingBatch(DecoderPass pass, int vocabularySize) : IDecodingBatch
{
    private readonly List<SequenceCache> _rows = [];
    private RowBlock _logits;

    public int RowCount => _rows.Count;

    public void Add(IPromptCache prompt, int rowCount)
    {
        for (int i = 0; i < rowCount; i++)
        {
            _rows.Add(((SimdPromptCache)prompt).Sequence.Fork());
        }
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        var kept = new List<SequenceCache>(rows.Length);
        foreach (int row in rows)
        {
            kept.Add(_rows[row]);
        }

        foreach (SequenceCache dropped in _rows.Except(kept))
        {
            dropped.Dispose();
        }

        _rows.Clear();
        _rows.AddRange(kept);
    }

    public void Step(ReadOnlySpan<int> tokenIds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokenIds.Length, RowCount);
        var rows = new DecoderRow[RowCount];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = _rows[row].Append(tokenIds[row]);
        }

        _logits = pass.Run(rows, firstLogitRow: 0);
    }

    public ReadOnlySpan<float> Logits(int row) => new(_logits.Row(row), vocabularySize);

    public void Dispose() => Keep([]);
}
