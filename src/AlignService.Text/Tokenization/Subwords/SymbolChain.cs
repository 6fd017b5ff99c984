using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>
/// Merges the symbols of one word: always the pair of the lowest rank, the leftmost on a tie. Short words are scanned again after each merge;
/// long ones keep their pairs in a heap, so the work stays nearly linear.
/// </summary>
internal sealed class SymbolChain
{
    private const int LongestScanned = 24;
    private const int Gone = -1;

    private readonly PriorityQueue<int, long> _pairs = new();
    private int[] _next = new int[64];
    private int[] _previous = new int[64];

    /// <summary>Merges in place.</summary>
    public void MergeAll(List<int> symbols, MergeTable merges)
    {
        if (symbols.Count <= LongestScanned)
        {
            Scan(symbols, merges);
        }
        else
        {
            Chain(symbols, merges);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scan(List<int> list, MergeTable merges)
    {
        Span<int> symbols = CollectionsMarshal.AsSpan(list);
        Span<Merge> pairs = stackalloc Merge[LongestScanned];
        int count = symbols.Length;
        for (int i = 0; i + 1 < count; i++)
        {
            pairs[i] = PairOf(symbols[i], symbols[i + 1], merges);
        }

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                best = pairs[i].Rank < pairs[best].Rank ? i : best;
            }

            if (pairs[best].Rank == int.MaxValue)
            {
                break;
            }

            symbols[best] = pairs[best].Id;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            count--;
            if (best + 1 < count)
            {
                pairs[(best + 2)..count].CopyTo(pairs[(best + 1)..]);
                pairs[best] = PairOf(symbols[best], symbols[best + 1], merges);
            }

            if (best > 0)
            {
                pairs[best - 1] = PairOf(symbols[best - 1], symbols[best], merges);
            }
        }

        CollectionsMarshal.SetCount(list, count);
    }

    private static Merge PairOf(int left, int right, MergeTable merges) =>
        merges.TryGet(left, right, out Merge merge) ? merge : new Merge(int.MaxValue, 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Chain(List<int> list, MergeTable merges)
    {
        Span<int> symbols = CollectionsMarshal.AsSpan(list);
        int count = symbols.Length;
        Link(count);
        _pairs.Clear();
        for (int i = 0; i + 1 < count; i++)
        {
            Enqueue(symbols, i, merges);
        }

        while (_pairs.TryDequeue(out int left, out long priority))
        {
            int right = _next[left];
            // A pair whose symbols have changed since is out of date: its rank is no longer the one it was queued with.
            if (symbols[left] == Gone || right < 0 || !merges.TryGet(symbols[left], symbols[right], out Merge merge) ||
                Priority(merge.Rank, left) != priority)
            {
                continue;
            }

            symbols[left] = merge.Id;
            symbols[right] = Gone;
            _next[left] = _next[right];
            if (_next[left] >= 0)
            {
                _previous[_next[left]] = left;
                Enqueue(symbols, left, merges);
            }

            if (_previous[left] >= 0)
            {
                Enqueue(symbols, _previous[left], merges);
            }
        }

        Collect(list, symbols);
    }

    private static long Priority(int rank, int place) => ((long)rank << 32) | (uint)place;

    private static void Collect(List<int> list, Span<int> symbols)
    {
        int kept = 0;
        foreach (int symbol in symbols)
        {
            if (symbol != Gone)
            {
                symbols[kept++] = symbol;
            }
        }

        CollectionsMarshal.SetCount(list, kept);
    }

    private void Enqueue(Span<int> symbols, int left, MergeTable merges)
    {
        if (merges.TryGet(symbols[left], symbols[_next[left]], out Merge merge))
        {
            _pairs.Enqueue(left, Priority(merge.Rank, left));
        }
    }

    private void Link(int count)
    {
        if (_next.Length < count)
        {
            Array.Resize(ref _next, Math.Max(count, _next.Length * 2));
            Array.Resize(ref _previous, _next.Length);
        }

        for (int i = 0; i < count; i++)
        {
            _next[i] = i + 1 < count ? i + 1 : -1;
            _previous[i] = i - 1;
        }
    }
}
