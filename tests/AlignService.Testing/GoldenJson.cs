using System.Text.Json;
using Xunit;

namespace AlignService.Testing;

/// <summary>A JSON value of a golden file that remembers which keys were read, so that nothing a case asks for is silently ignored.</summary>
public sealed class GoldenJson
{
    private static readonly HashSet<string> Information = ["about", "source", "trl", "note", "name"];

    private readonly JsonElement _element;
    private readonly string _path;
    private readonly Dictionary<string, GoldenJson> _read = [];
    private GoldenJson[]? _items;
    private bool _wholeRead;

    private GoldenJson(JsonElement element, string path) => (_element, _path) = (element, path);

    public bool IsNull => _element.ValueKind == JsonValueKind.Null;

    public JsonElement Element
    {
        get
        {
            _wholeRead = true;
            return _element;
        }
    }

    /// <summary>The elements of a list.</summary>
    public IReadOnlyList<GoldenJson> Items => _items ??= [.. _element.EnumerateArray().Select((item, i) => new GoldenJson(item, $"{_path}[{i}]"))];

    /// <summary>The keys of an object, in the file's order.</summary>
    public IEnumerable<string> Keys => _element.EnumerateObject().Select(property => property.Name);

    public GoldenJson this[string key]
    {
        get
        {
            if (!_read.TryGetValue(key, out GoldenJson? child))
            {
                Assert.True(_element.TryGetProperty(key, out JsonElement value), $"{_path}: no key {key}");
                _read[key] = child = new GoldenJson(value, $"{_path}.{key}");
            }

            return child;
        }
    }

    public static GoldenJson Load(string file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return new GoldenJson(document.RootElement.Clone(), name);
    }

    public static GoldenJson Parse(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new GoldenJson(document.RootElement.Clone(), name);
    }

    public GoldenJson Named(string name) => new(_element, name);

    public bool Has(string key) => _element.TryGetProperty(key, out _);

    /// <summary>Whether the key is there and not null; marks it as read.</summary>
    public bool HasValue(string key) => Has(key) && !this[key].IsNull;

    public string Text(string key) => this[key].AsText();

    public double Double(string key) => this[key].AsDouble();

    public double? OptionalDouble(string key) => HasValue(key) ? Double(key) : null;

    public int Int(string key) => (int)this[key].AsDouble();

    public bool Bool(string key) => this[key].Element.GetBoolean();

    public double[] Doubles(string key) => this[key].AsDoubles();

    public double[][] Matrix(string key) => [.. this[key].Items.Select(row => row.AsDoubles())];

    public int[] Ints(string key) => [.. Doubles(key).Select(value => (int)value)];

    public string AsText() => Element.GetString()!;

    /// <summary>null is NaN.</summary>
    public double AsDouble() => Element.ValueKind == JsonValueKind.Null ? double.NaN : Element.GetDouble();

    public double[] AsDoubles() => [.. Items.Select(item => item.AsDouble())];

    /// <summary>Fails if some key (other than information) was never read.</summary>
    public void AssertAllRead()
    {
        string[] unread = [.. Unread()];
        Assert.True(unread.Length == 0, $"{_path}: keys that the test did not read: {string.Join(", ", unread)}");
    }

    private IEnumerable<string> Unread()
    {
        if (_wholeRead)
        {
            return [];
        }

        return _element.ValueKind switch
        {
            JsonValueKind.Object => _element.EnumerateObject().Where(property => !Information.Contains(property.Name)).SelectMany(property =>
                _read.TryGetValue(property.Name, out GoldenJson? child) ? child.Unread() : [$"{_path}.{property.Name}"]),
            JsonValueKind.Array when _items is not null => _items.SelectMany(item => item.Unread()),
            JsonValueKind.Array when _element.GetArrayLength() == 0 => [],
            _ => _element.ValueKind is JsonValueKind.Null ? [] : [_path],
        };
    }
}
