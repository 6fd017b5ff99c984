using System.Text.Json;
using AlignService.Text.Json;

namespace AlignService.Text.Tokenization.Files;

/// <summary>Reads the JSON and text files of a tokenizer. Throws a <see cref="CheckpointException"/> for anything invalid.</summary>
internal static class TokenizerFile
{
    private const long LargestFile = 256L << 20;

    // A key that stands twice means one thing to one reader and another to the next.
    private static readonly JsonDocumentOptions UniqueKeys = new() { AllowDuplicateProperties = false };

    public static JsonField Read(string path) => Parse(ReadBytes(path), Path.GetFileName(path));

    public static JsonField? ReadIfPresent(string path) => File.Exists(path) ? Read(path) : null;

    public static string ReadText(string path) => ExactText.Decode(ReadBytes(path), path);

    public static JsonField Parse(ReadOnlyMemory<byte> json, string name) => new(PythonJson.Parse(json, name, UniqueKeys).RootElement, name);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= LargestFile
                ? File.ReadAllBytes(path)
                : throw new CheckpointException($"{path} has {length} bytes; a tokenizer file may have at most {LargestFile}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>A value of a JSON file together with its path, so every error can name it.</summary>
internal readonly struct JsonField(JsonElement value, string place, int index = -1)
{
    /// <summary>Built on demand: there are as many fields as merges.</summary>
    public string Path => index < 0 ? place : $"{place}[{index}]";

    public JsonElement Value => value;

    public bool IsNull => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public bool IsObject => value.ValueKind == JsonValueKind.Object;

    public bool IsArray => value.ValueKind == JsonValueKind.Array;

    public bool IsString => value.ValueKind == JsonValueKind.String;

    /// <summary>The member of that name; a null field where there is none.</summary>
    public JsonField this[string name] => Member(name);

    public JsonField Member(string name)
    {
        RequireObject();
        return new JsonField(value.TryGetProperty(name, out JsonElement member) ? member : default, $"{Path}.{name}");
    }

    public IEnumerable<KeyValuePair<string, JsonField>> Members()
    {
        string path = Path;
        return Properties().Select(property => KeyValuePair.Create(property.Name, new JsonField(property.Value, $"{path}.{property.Name}")));
    }

    /// <summary>The members without their paths, for large objects.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Properties()
    {
        RequireObject();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            yield return (NameOf(property), property.Value);
        }
    }

    public IEnumerable<JsonField> Items()
    {
        if (!IsArray)
        {
            throw Wrong("a list");
        }

        int number = 0;
        string path = Path;
        foreach (JsonElement item in value.EnumerateArray())
        {
            yield return new JsonField(item, path, number++);
        }
    }

    public string Text()
    {
        if (!IsString)
        {
            throw Wrong("a string");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException($"{Path}: the string has half of a surrogate pair, which is not valid text.", exception);
        }
    }

    public string? TextOrNull() => IsNull ? null : Text();

    public bool Flag(bool absent) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => absent,
        _ => throw Wrong("true or false"),
    };

    /// <summary>A count or an id: 0 or more.</summary>
    public int Number(int? absent = null)
    {
        if (IsNull && absent is { } number)
        {
            return number;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int read) && read >= 0
            ? read
            : throw Wrong($"a whole number in [0, {int.MaxValue}]");
    }

    /// <summary>The member <c>type</c>, which identifies a component of tokenizer.json.</summary>
    public string ComponentType() => this["type"].Text();

    public CheckpointException Unsupported(string kind, string name, params string[] known) =>
        new($"{Path}: {kind} '{name}' is not supported; supported: {string.Join(", ", known)}.");

    public CheckpointException Wrong(string expected)
    {
        string found = value.ValueKind switch
        {
            JsonValueKind.Undefined => "it is missing",
            JsonValueKind.Object => "it is an object",
            JsonValueKind.Array => "it is a list",
            _ => "it is " + Shortened(value.GetRawText()),
        };
        return new CheckpointException($"{Path} must be {expected}; {found}.");
    }

    private void RequireObject()
    {
        if (!IsObject)
        {
            throw Wrong("an object");
        }
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException($"{Path}: a key has half of a surrogate pair, which is not valid text.", exception);
        }
    }

    private static string Shortened(string text) => ShortText.Cut(text, 60);
}
