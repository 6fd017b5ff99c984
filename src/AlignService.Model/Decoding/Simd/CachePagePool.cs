namespace AlignService.Model.Decoding.Simd;

/// <summary>Pages that no sequence holds, for the next one. Used by one thread at a time.</summary>
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
