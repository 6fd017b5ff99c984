namespace AlignService.Text.Chat.Values;

/// <summary>Values that come one by one and only once, as the filters map, select and their like give them. Always true, without a length.</summary>
internal sealed class LazySequence(IEnumerable<object> items)
{
    private readonly IEnumerator<object> _items = items.GetEnumerator();

    public IEnumerable<object> Rest()
    {
        while (_items.MoveNext())
        {
            yield return _items.Current;
        }
    }
}
