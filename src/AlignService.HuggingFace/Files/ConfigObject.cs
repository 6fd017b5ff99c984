using System.Text.Json;
using AlignService.Text;
using AlignService.Text.Json;

namespace AlignService.HuggingFace.Files;

/// <summary>A JSON object of a configuration that remembers which keys were read, so nothing in it is ignored. null counts as absent.</summary>
internal sealed class ConfigObject
{
    private const long LargestFile = 10_000_000;
    private const int LargestInteger = 1 << 30, LargestSize = 1 << 28;

    private readonly string _name;
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>The object in a file.</summary>
    /// <exception cref="CheckpointException">It is not JSON, not an object, or has repeated keys.</exception>
    internal static ConfigObject OfFile(string path)
    {
        using JsonDocument document = Parse(path);
        return new ConfigObject(document.RootElement.Clone(), Path.GetFileName(path));
    }

    internal ConfigObject(JsonElement element, string name)
    {
        _name = name;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{name} is a {element.ValueKind}; it must be an object.");
        }

        try
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                _values[property.Name] = property.Value;
            }
        }
        catch (InvalidOperationException fault)
        {
            throw new CheckpointException($"{name} has a key with half of a surrogate pair, which is not valid text.", fault);
        }
    }

    internal bool IsEmpty => _values.Count == 0;

    internal bool Has(string key)
    {
        _read.Add(key);
        return _values.TryGetValue(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Whether the key has the value null, where that differs from being absent.</summary>
    internal bool IsNull(string key)
    {
        _read.Add(key);
        return _values.TryGetValue(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null;
    }

    internal int Int(string key) => Has(key) ? ReadInt(key, _values[key]) : throw Absent(key, "a whole number");

    internal int Int(string key, int fallback) => Has(key) ? ReadInt(key, _values[key]) : fallback;

    /// <summary>A size: from 1 to 2^28, so products of two fit in 64 bits.</summary>
    internal int Size(string key, int? fallback = null)
    {
        int size = fallback is { } value ? Int(key, value) : Int(key);
        return size is >= 1 and <= LargestSize ? size : throw new CheckpointException($"{_name}: {key} is {size}; it must be in [1, {LargestSize}].");
    }

    internal double Double(string key) => Has(key) ? ReadDouble(key) : throw Absent(key, "a number");

    internal double Double(string key, double fallback) => Has(key) ? ReadDouble(key) : fallback;

    internal bool Bool(string key, bool fallback) => !Has(key) ? fallback : _values[key].ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    internal string Text(string key, string? fallback = null)
    {
        if (!Has(key))
        {
            return fallback ?? throw Absent(key, "a text");
        }

        return ReadText(key, _values[key], "a text");
    }

    /// <summary>The value as written; null where it is absent or null.</summary>
    internal string? Raw(string key) => Has(key) ? Shorten(PythonJson.Shown(_values[key])) : null;

    internal ConfigObject? Object(string key) => Has(key) ? new ConfigObject(_values[key], $"{_name}: {key}") : null;

    /// <summary>A list, or a single value as a list of one; empty where absent.</summary>
    internal IReadOnlyList<int> Ints(string key)
    {
        if (!Has(key))
        {
            return [];
        }

        JsonElement value = _values[key];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => ReadInt(key, item))] : [ReadInt(key, value)];
    }

    internal IReadOnlyList<double> Doubles(string key)
    {
        if (!Has(key) || _values[key].ValueKind != JsonValueKind.Array)
        {
            throw Wrong(key, "a list of numbers");
        }

        return [.. _values[key].EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Wrong(key, "a list of numbers"))];
    }

    internal IReadOnlyList<string> Texts(string key)
    {
        if (!Has(key) || _values[key].ValueKind != JsonValueKind.Array)
        {
            throw Wrong(key, "a list of strings");
        }

        return [.. _values[key].EnumerateArray().Select(item => ReadText(key, item, "a list of strings"))];
    }

    /// <summary>A list, or a single text as a list of one; empty where absent.</summary>
    internal IReadOnlyList<string> TextOrTexts(string key) => !Has(key) ? [] : _values[key].ValueKind == JsonValueKind.String ? [Text(key)] : Texts(key);

    /// <summary>Entries of an object; 0 where absent.</summary>
    internal int EntryCount(string key)
    {
        if (!Has(key))
        {
            return 0;
        }

        return _values[key].ValueKind == JsonValueKind.Object ? _values[key].EnumerateObject().Count() : throw Wrong(key, "an object");
    }

    /// <summary>Marks keys that change no number as read.</summary>
    internal void Ignore(IEnumerable<string> keys) => _read.UnionWith(keys);

    /// <summary>Marks keys whose value is null as read, for files where null means that an option is off.</summary>
    internal void IgnoreNulls() => _read.UnionWith(_values.Where(entry => entry.Value.ValueKind == JsonValueKind.Null).Select(entry => entry.Key));

    /// <summary>Refuses a file that does not have the one value that is supported.</summary>
    internal void Require(string key, Func<JsonElement, bool> supported, string expected)
    {
        if (!Has(key) || !supported(_values[key]))
        {
            throw Wrong(key, expected);
        }
    }

    /// <summary>Refuses an option with any value other than the supported one, which changes no number.</summary>
    internal void RequireIfPresent(string key, Func<JsonElement, bool> supported)
    {
        if (Has(key) && !supported(_values[key]))
        {
            throw new CheckpointException($"{_name}: {key} is {Shorten(PythonJson.Shown(_values[key]))}, which is not supported.");
        }
    }

    /// <summary>Refuses, by name, all keys that were not read.</summary>
    internal void RefuseUnread()
    {
        string[] unread = [.. _values.Keys.Where(key => !_read.Contains(key)).Order(StringComparer.Ordinal)];
        if (unread.Length > 0)
        {
            throw new CheckpointException(
                $"{_name} has options that are not supported: {string.Join(", ", unread)}. Ignoring them could silently change the model; remove those that do not apply to it.");
        }
    }

    private string ReadText(string key, JsonElement value, string expected)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, expected);
        }
        catch (InvalidOperationException fault)
        {
            throw new CheckpointException($"{_name}: {key} has half of a surrogate pair, which is not valid text.", fault);
        }
    }

    private int ReadInt(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && Math.Abs((long)number) <= LargestInteger
            ? number
            : throw Wrong(key, $"a whole number up to {LargestInteger}");

    private double ReadDouble(string key) =>
        _values[key].ValueKind == JsonValueKind.Number && _values[key].TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, "a number");

    private CheckpointException Absent(string key, string expected) => new($"{_name} has no {key}; it must be {expected}.");

    private CheckpointException Wrong(string key, string expected) =>
        new($"{_name}: {key} is {(_values.TryGetValue(key, out JsonElement value) ? Shorten(PythonJson.Shown(value)) : "absent")}; it must be {expected}.");

    private static string Shorten(string text) => ShortText.Cut(text, 60);

    private static JsonDocument Parse(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            long length = new FileInfo(path).Length;
            byte[] bytes = length <= LargestFile ? File.ReadAllBytes(path) : throw new CheckpointException($"{name} has {length} bytes; at most {LargestFile} are read.");
            return PythonJson.Parse(bytes, path, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message}", fault);
        }
    }
}
