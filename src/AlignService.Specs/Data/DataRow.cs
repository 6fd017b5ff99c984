using System.Globalization;
using System.Text.Json;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>One row of a data file: values by name, whatever the format.</summary>
internal sealed class DataRow
{
    private readonly JsonElement _json;
    private readonly IReadOnlyList<string>? _columns;

    /// <param name="json">An object.</param>
    /// <param name="columns">Every field of the file, where the object has only some; null: it has all.</param>
    /// <exception cref="DataRowException">It is not an object, or a text in it is not valid.</exception>
    public DataRow(JsonElement json, IReadOnlyList<string>? columns = null)
    {
        _json = json.ValueKind == JsonValueKind.Object ? json : throw new DataRowException($"a JSON {Kind(json)}, but an object is expected");
        _columns = columns;
        if (RowJson.FindFault(json) is { } fault)
        {
            throw new DataRowException(fault);
        }
    }

    /// <summary>Names of all fields, including repeated ones.</summary>
    public IEnumerable<string> Fields => _json.EnumerateObject().Select(property => property.Name);

    /// <summary>The names of the file's fields, for messages.</summary>
    public string FieldNames => Shown.Names(_columns ?? Fields);

    /// <summary>A field's value; null where it is absent or null.</summary>
    /// <param name="field">A name, or a path through objects and lists: <c>reward_model.ground_truth</c>, <c>answers.text.0</c>. A field of that very name comes first.</param>
    public JsonElement? Value(string field) => Find(_json, field) is { ValueKind: not JsonValueKind.Null } value ? value : null;

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

        string? written = value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? Scalar(value) : null; // CSV has text only
        return double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new DataRowException($"\"{field}\" is {Written(value)}, but a finite number is expected");
    }

    /// <summary>A field that holds a list of at least one message, or text that contains one as JSON (common in CSV and Parquet files); null where it is absent or null.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public IReadOnlyList<PromptMessage>? Messages(string field)
    {
        if (Value(field) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            string text = value.GetString()!;
            value = text.AsSpan().TrimStart() is ['[', ..]
                ? Parse(field, text)
                : throw new DataRowException($"\"{field}\" is {(text.Length == 0 ? "empty text" : "text")}, but a list of messages, or text that contains one as JSON, is expected");
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
            JsonElement json = JsonElement.Parse(text);
            return RowJson.FindFault(json) is { } fault ? throw new DataRowException($"the JSON text of \"{field}\" is not valid: {fault}") : json;
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

    private static JsonElement? Find(JsonElement json, string path)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(path, out JsonElement value))
        {
            return value;
        }

        for (int dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            if (Step(json, path[..dot]) is { } inner && Find(inner, path[(dot + 1)..]) is { } found)
            {
                return found;
            }
        }

        return Step(json, path);
    }

    private static JsonElement? Step(JsonElement json, string name) => json.ValueKind switch
    {
        JsonValueKind.Object when json.TryGetProperty(name, out JsonElement value) => value,
        JsonValueKind.Array when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < json.GetArrayLength() => json[index],
        _ => null,
    };

    private static string Written(JsonElement value) => Scalar(value) is { } text ? Shown.Value(text) : $"a JSON {Kind(value)}";

    private static string Kind(JsonElement value) => EmbeddedJson.Word(value.ValueKind);
}
