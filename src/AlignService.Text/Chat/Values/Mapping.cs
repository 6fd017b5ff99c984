namespace AlignService.Text.Chat.Values;

/// <summary>Keys with their values, in insertion order. Equal keys are the same key: 1, 1.0 and true.</summary>
internal sealed class Mapping
{
    private readonly OrderedDictionary<object, object> _entries = new(ValueEquality.OfKeys);

    public IEnumerable<KeyValuePair<object, object>> Entries => _entries;

    public int Count => _entries.Count;

    /// <summary>At least what is in it: what is replaced counts too.</summary>
    public long Weight { get; private set; } = 1;

    public object this[object key]
    {
        set
        {
            _entries[key] = value;
            Weight = ValueWeight.Sum(ValueWeight.Sum(Weight, key), value);
        }
    }

    public bool TryGet(object key, out object value)
    {
        bool found = _entries.TryGetValue(key, out object? entry);
        value = entry!; // null where it returns false, as in TryGetValue
        return found;
    }

    public bool Has(object key) => _entries.ContainsKey(key);
}

/// <summary>The result of <c>namespace()</c>: the only value whose attributes a template can set.</summary>
internal sealed class Namespace
{
    public Mapping Attributes { get; } = new();
}
