namespace AlignService.Model.Tokenization.Subwords;

/// <summary>Which two tokens join to which third, and how early (rank 0 first).</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<long, Merge> _merges;

    public MergeTable(int capacity) => _merges = new(capacity);

    public void Add(int left, int right, Merge merge) => _merges[Key(left, right)] = merge;

    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(Key(left, right), out merge);

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
