namespace AlignService.Model.Decoding.Simd;

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
