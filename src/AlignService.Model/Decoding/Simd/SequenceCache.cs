using System.Runtime.InteropServices;

namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// The pages of one sequence: those it shares with the prompt it continues, then its own. Page boundaries depend only on the prompt's and the
/// sequence's own lengths, so sums always run in the same order.
/// </summary>
internal sealed class SequenceCache(CachePagePool pool) : IDisposable
{
    private readonly List<CachePage> _pages = [];
    private CachePage? _ownLast;

    /// <summary>Positions appended so far.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<CachePage> Pages => CollectionsMarshal.AsSpan(_pages);

    /// <summary>Makes room for one more position.</summary>
    public DecoderRow Append(int tokenId)
    {
        if (_ownLast is null || _ownLast.Count == CachePage.Length)
        {
            _ownLast = pool.Rent();
            _pages.Add(_ownLast);
        }

        return new DecoderRow(tokenId, Length++, this, _ownLast, _ownLast.Count++);
    }

    /// <summary>A sequence that continues this one and shares its pages.</summary>
    public SequenceCache Fork()
    {
        var fork = new SequenceCache(pool) { Length = Length };
        fork._pages.AddRange(_pages);
        foreach (CachePage page in _pages)
        {
            page.HolderCount++;
        }

        return fork;
    }

    public void Dispose()
    {
        foreach (CachePage page in _pages)
        {
            pool.Release(page);
        }

        _pages.Clear();
        _ownLast = null;
    }
}

internal sealed class SimdPromptCache(SequenceCache sequence, float[] nextLogits) : IPromptCache
{
    public SequenceCache Sequence => sequence;

    public int Length => sequence.Length;

    public ReadOnlySpan<float> NextLogits => nextLogits;

    public void Dispose() => sequence.Dispose();
}
