namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// One pass of rows through the model. Every worker takes its share of each phase: of the rows where a phase goes by rows, of the
/// outputs where it is a product. No sum is ever split, so neither the share nor the other rows change a number.
/// </summary>
internal sealed unsafe class DecoderPass : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly DecoderShape _shape;
    private readonly RotaryAngles _angles;
    private readonly ThreadTeam _team;
    private readonly DecoderBuffers _buffers;
    private readonly AttentionStep _attention;
    private readonly Action<int> _job;
    private DecoderRow[] _rows = [];
    private int _rowCount;
    private int _firstLogitRow;

    public DecoderPass(DecoderWeights weights, RotaryAngles angles, ThreadTeam team)
    {
        (_weights, _shape, _angles, _team) = (weights, weights.Shape, angles, team);
        _buffers = new DecoderBuffers(_shape, team.WorkerCount);
        _attention = new AttentionStep(_shape, angles, _buffers);
        _job = Compute;
    }

    /// <summary>[R, V] of the rows from the first wanted one on; the others' are left as they were. Valid until the next pass.</summary>
    public RowBlock Run(ReadOnlySpan<DecoderRow> rows, int firstLogitRow)
    {
        if (_rows.Length < rows.Length)
        {
            _rows = new DecoderRow[rows.Length];
        }

        rows.CopyTo(_rows);
        (_rowCount, _firstLogitRow) = (rows.Length, firstLogitRow);
        _buffers.EnsureRows(rows.Length);
        int lastPosition = 0;
        foreach (DecoderRow row in rows)
        {
            lastPosition = Math.Max(lastPosition, row.Position);
        }

        _angles.EnsurePositions(lastPosition + 1);
        _team.Run(_job);
        return _buffers.Logits;
    }

    public void Dispose() => _buffers.Dispose();

    private void Compute(int worker)
    {
        (int start, int end) = _team.Share(_rowCount, worker);
        for (int row = start; row < end; row++)
        {
            _weights.Embedding.CopyRow(_rows[row].TokenId, new Span<float>(_buffers.Hidden.Row(row), _shape.Width));
        }

        for (int layer = 0; layer < _weights.Layers.Length; layer++)
        {
            ComputeAttention(layer, worker);
            ComputeFeedForward(_weights.Layers[layer], worker);
        }

        Normalize(_weights.FinalNorm, worker);
        int logitRowCount = _rowCount - _firstLogitRow;
        if (logitRowCount > 0)
        {
            Multiply(_buffers.Normed.Down(_firstLogitRow), logitRowCount, _weights.Head, _buffers.Logits.Down(_firstLogitRow), worker);
        }
    }

    private void ComputeAttention(int layer, int worker)
    {
        DecoderLayerWeights weights = _weights.Layers[layer];
        Normalize(weights.NormBeforeAttention, worker);
        Multiply(_buffers.Normed, _rowCount, weights.QueryKeyValue, _buffers.QueryKeyValue, worker);

        (int start, int end) = _team.Share(_rowCount, worker);
        for (int row = start; row < end; row++)
        {
            _attention.Remember(_rows[row], _buffers.QueryKeyValue.Row(row), layer);
        }

        _team.Meet();

        // In turn, for the later rows of a prompt see more.
        int headCount = _shape.KeyValueHeadCount;
        int groupFloats = _shape.GroupWidth * _shape.HeadWidth;
        for (int item = worker; item < _rowCount * headCount; item += _team.WorkerCount)
        {
            (int row, int head) = Math.DivRem(item, headCount);
            int offset = head * groupFloats;
            _attention.Attend(_rows[row], _buffers.QueryKeyValue.Row(row) + offset, _buffers.Mixed.Row(row) + offset, (layer, head), worker);
        }

        _team.Meet();
        AddToHidden(_buffers.Mixed, weights.AttentionOutput, worker);
    }

    private void ComputeFeedForward(DecoderLayerWeights weights, int worker)
    {
        Normalize(weights.NormBeforeFeedForward, worker);

        RowBlock panels = _buffers.Panels[worker];
        (int start, int end) = _team.Share(weights.GateUp.PanelCount / 2, worker);
        for (int pair = start; pair < end; pair += 2)
        {
            int pairCount = Math.Min(2, end - pair);
            weights.GateUp.Multiply(_buffers.Normed, _rowCount, (2 * pair, 2 * pairCount), panels, accumulate: false);
            for (int row = 0; row < _rowCount; row++)
            {
                for (int i = 0; i < pairCount; i++)
                {
                    float* gate = panels.Row(row) + (2 * i * PanelBlock.Width);
                    RowKernels.GatePanel(gate, gate + PanelBlock.Width, _buffers.Gated.Row(row) + ((pair + i) * PanelBlock.Width));
                }
            }
        }

        _team.Meet();
        AddToHidden(_buffers.Gated, weights.Down, worker);
    }

    /// <summary>Each worker norms the rows of its own share.</summary>
    private void Normalize(AlignedBuffer weight, int worker)
    {
        (int start, int end) = _team.Share(_rowCount, worker);
        for (int row = start; row < end; row++)
        {
            RowKernels.Normalize(_buffers.Hidden.Row(row), weight.Pointer, _buffers.Normed.Row(row), _shape.Width, _shape.NormEpsilon);
        }

        _team.Meet();
    }

    private void Multiply(RowBlock input, int rowCount, PackedMatrix matrix, RowBlock output, int worker)
    {
        (int start, int end) = _team.Share(matrix.PanelCount, worker);
        matrix.Multiply(input, rowCount, (start, end - start), output.Right(start * PanelBlock.Width), accumulate: false);
        _team.Meet();
    }

    private void AddToHidden(RowBlock input, PackedMatrix matrix, int worker)
    {
        (int start, int end) = _team.Share(matrix.PanelCount, worker);
        matrix.Multiply(input, _rowCount, (start, end - start), _buffers.Hidden.Right(start * PanelBlock.Width), accumulate: true);
        _team.Meet();
    }
}
