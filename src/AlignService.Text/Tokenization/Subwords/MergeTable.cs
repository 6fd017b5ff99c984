using System.Numerics;
using System.Runtime.CompilerServices;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>
/// Which two tokens join to which third, and how early (rank 0 first). A custom open-addressing table: the hash of a long in .NET is the exclusive or of
/// its halves, with which pairs of ids collide by the thousand.
/// </summary>
internal sealed class MergeTable
{
    private const long Empty = -1;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly long[] _keys;
    private readonly Merge[] _merges;
    private readonly int _shift;

    public MergeTable(int count)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count * 2, 16));
        _shift = 64 - BitOperations.Log2((uint)size);
        _keys = new long[size];
        _merges = new Merge[size];
        Array.Fill(_keys, Empty);
    }

    public void Add(int left, int right, Merge merge)
    {
        int slot = SlotOf(Key(left, right));
        _keys[slot] = Key(left, right);
        _merges[slot] = merge;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out Merge merge)
    {
        int slot = SlotOf(Key(left, right));
        merge = _merges[slot];
        return _keys[slot] != Empty;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    // Where the key stands, or the empty slot where it would.
    private int SlotOf(long key)
    {
        int slot = (int)((ulong)key * Spread >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}

internal readonly record struct Merge(int Rank, int Id);
