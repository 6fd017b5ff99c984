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

/// <summary>
/// Keys and values of some consecutive positions of one sequence, in all layers, packed so that attention is two products:
/// keys as panels of 16 positions over the head's elements, values as panels of 16 elements over the positions.
/// </summary>
internal sealed unsafe class CachePage(DecoderShape shape) : IDisposable
{
    /// <summary>Positions; a multiple of a panel's width.</summary>
    public const int Length = 64;

    private readonly AlignedBuffer _memory = new(FloatsFor(shape));

    /// <summary>Sequences that hold the page.</summary>
    public int HolderCount { get; set; }

    /// <summary>Positions in use.</summary>
    public int Count { get; set; }

    public static long FloatsFor(DecoderShape shape) =>
        (long)shape.LayerCount * shape.KeyValueHeadCount * (shape.HeadWidth + shape.PaddedHeadWidth) * Length;

    /// <summary>Panels of the first positions; later positions in the last panel hold stale values.</summary>
    public PanelBlock Keys(int layer, int head, int visibleCount) =>
        new(Start(layer, head), shape.HeadWidth, shape.HeadWidth * PanelBlock.Width, PanelBlock.CountFor(visibleCount));

    public PanelBlock Values(int layer, int head, int visibleCount) =>
        new(Start(layer, head) + (shape.HeadWidth * Length), visibleCount, Length * PanelBlock.Width, shape.PaddedHeadWidth / PanelBlock.Width);

    public void Store(int layer, int head, int slot, float* key, float* value)
    {
        float* keyColumn = Keys(layer, head, Length).Panel(slot / PanelBlock.Width) + (slot % PanelBlock.Width);
        for (int element = 0; element < shape.HeadWidth; element++)
        {
            keyColumn[element * PanelBlock.Width] = key[element];
        }

        PanelBlock values = Values(layer, head, Length);
        for (int element = 0; element < shape.HeadWidth; element++)
        {
            values.Panel(element / PanelBlock.Width)[(slot * PanelBlock.Width) + (element % PanelBlock.Width)] = value[element];
        }
    }

    public void Dispose() => _memory.Dispose();

    private float* Start(int layer, int head) =>
        _memory.Pointer + (((long)layer * shape.KeyValueHeadCount + head) * (shape.HeadWidth + shape.PaddedHeadWidth) * Length);
}

/// <summary>Pages that no sequence holds, for reuse. Used by one thread at a time.</summary>
internal sealed class CachePagePool(DecoderShape shape) : IDisposable
{
    private readonly Stack<CachePage> _free = new();

    /// <summary>An empty page with one holder.</summary>
    public CachePage Rent()
    {
        CachePage page = _free.Count > 0 ? _free.Pop() : new CachePage(shape);
        page.Count = 0;
        page.HolderCount = 1;
        return page;
    }

    public void Release(CachePage page)
    {
        page.HolderCount--;
        if (page.HolderCount == 0)
        {
            _free.Push(page);
        }
    }

    public void Dispose()
    {
        foreach (CachePage page in _free)
        {
            page.Dispose();
        }

        _free.Clear();
    }
}
