using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>One row of a data file: values by name, whatever the format.</summary>
internal sealed class DataRow
{
    private readonly JsonElement _json;

    /// <param name="json">An object.</param>
    /// <exception cref="DataRowException">It is not an object.</exception>
    public DataRow(JsonElement json) =>
        _json = json.ValueKind == JsonValueKind.Object ? json : throw new DataRowException($"a JSON {Kind(json)}, but an object is expected");

    /// <summary>Names of all fields, including repeated ones.</summary>
    public IEnumerable<string> Fields => _json.EnumerateObject().Select(property => property.Name);

    /// <summary>A field's value; null where it is absent or null.</summary>
    public JsonElement? Value(string field) =>
        _json.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A field that holds text with at least one character; null where it is absent or null.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public string? Text(string field)
    {
        if (Value(field) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0
            ? value.GetString()
            : throw new DataRowException($"\"{field}\" is {(value.ValueKind == JsonValueKind.String ? "empty" : $"a JSON {Kind(value)}")}, but text is expected");
    }

    /// <summary>A string, number or boolean as text; null for anything else.</summary>
    public string? Scalar(string field) => Value(field) is JsonElement value ? Scalar(value) : null;

    /// <summary>A field that holds a finite number; null where it is absent or null.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public double? Number(string field)
    {
        if (Value(field) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw new DataRowException($"\"{field}\" is {Shown(value)}, but a finite number is expected");
    }

    /// <summary>A field that holds a list of at least one message; null where it is absent or null.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public IReadOnlyList<PromptMessage>? Messages(string field)
    {
        if (Value(field) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? [.. value.EnumerateArray().Select((message, i) => MessageReader.Read(message, $"message {i} of \"{field}\""))]
            : throw new DataRowException($"\"{field}\" is not a list of at least one message");
    }

    /// <summary>A field that holds a JSON object or list, or text that contains one (common in Parquet files); null where it is absent, null or empty text.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public JsonElement? Json(string field, JsonValueKind kind)
    {
        JsonElement? value = Value(field);
        if (value is { ValueKind: JsonValueKind.String } text)
        {
            value = text.GetString()!.Length == 0 ? null : Parse(field, text.GetString()!);
        }

        return value is null || value.Value.ValueKind == kind
            ? value
            : throw new DataRowException($"\"{field}\" is a JSON {Kind(value.Value)}, but a JSON {EmbeddedJson.Word(kind)} is expected");
    }

    private static JsonElement Parse(string field, string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new DataRowException($"\"{field}\" is text that is not JSON: {fault.Message}");
        }
    }

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static string Shown(JsonElement value) => Scalar(value) ?? $"a JSON {Kind(value)}";

    private static string Kind(JsonElement value) => EmbeddedJson.Word(value.ValueKind);
}
