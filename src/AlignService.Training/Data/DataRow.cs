using System.Text.Json;
using AlignService.Training.Prompts;

namespace AlignService.Training.Data;

/// <summary>One row of a data file: values by name, whatever the format.</summary>
internal sealed class DataRow
{
    /// <summary>What chat templates show of a message beside its role and content, and a prompt's messages do not carry.</summary>
    private static readonly string[] UncarriedKeys = ["tool_calls", "tool_call_id", "reasoning_content", "reasoning", "thinking"];

    private readonly JsonElement _json;

    /// <param name="json">An object.</param>
    /// <exception cref="DataRowException">It is not an object.</exception>
    public DataRow(JsonElement json) =>
        _json = json.ValueKind == JsonValueKind.Object ? json : throw new DataRowException($"a JSON {Kind(json)}, where an object is expected");

    /// <summary>Names of all fields, as often as they are there.</summary>
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
            : throw new DataRowException($"\"{field}\" is {(value.ValueKind == JsonValueKind.String ? "empty" : $"a JSON {Kind(value)}")}, where text is expected");
    }

    /// <summary>A text, number or truth value as text; null for anything else.</summary>
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
            : throw new DataRowException($"\"{field}\" is {Shown(value)}, where a finite number is expected");
    }

    /// <summary>A field that holds a list of at least one message with role and content; null where it is absent or null.</summary>
    /// <exception cref="DataRowException">It is something else.</exception>
    public IReadOnlyList<PromptMessage>? Messages(string field)
    {
        if (Value(field) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? [.. value.EnumerateArray().Select((message, i) => Message(field, message, i))]
            : throw new DataRowException($"\"{field}\" is not a list with at least one message");
    }

    /// <summary>A field that holds a JSON object or list, or text in which one is written (as Parquet files often have it); null where it is absent, null or empty text.</summary>
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
            : throw new DataRowException($"\"{field}\" is a JSON {Kind(value.Value)}, where a JSON {Word(kind)} is expected");
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

    private static PromptMessage Message(string field, JsonElement message, int index)
    {
        var read = new PromptMessage(MessageText(field, message, index, "role"), MessageText(field, message, index, "content"));
        return UncarriedKeys.FirstOrDefault(key => message.TryGetProperty(key, out JsonElement value) && !IsNothing(value)) is { } uncarried
            ? throw new DataRowException($"message {index} of \"{field}\" has \"{uncarried}\", which messages here do not carry, so that the chat template would leave it out; write it into \"content\", or remove it")
            : read;
    }

    /// <summary>As columns hold it for rows that lack a value.</summary>
    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static string MessageText(string field, JsonElement message, int index, string name) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new DataRowException($"message {index} of \"{field}\" has no text \"{name}\"");

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static string Shown(JsonElement value) => Scalar(value) ?? $"a JSON {Kind(value)}";

    private static string Kind(JsonElement value) => Word(value.ValueKind);

#pragma warning disable CA1308 // JSON's own names are lower case
    private static string Word(JsonValueKind kind) => kind.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
