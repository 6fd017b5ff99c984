using System.Text.Json;

namespace AlignService.Training.Prompts;

/// <summary>One object of a prompt file.</summary>
internal sealed class PromptRow(JsonElement row, PromptSourceConfig source)
{
    public Prompt Read(int index)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new PromptRowException($"a JSON {Kind(row)}, where an object is expected");
        }

        string? text = Text();
        IReadOnlyList<PromptMessage>? messages = text is null ? Messages() : null;
        if (text is null && messages is null)
        {
            string fields = string.Join(", ", row.EnumerateObject().Select(field => field.Name));
            throw new PromptRowException($"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" is there (fields: {fields}); name the fields in the prompt source");
        }

        return new Prompt(index, text, messages, Answer()) { Metadata = Metadata() };
    }

    private string? Text()
    {
        if (!row.TryGetProperty(source.PromptField, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0
            ? value.GetString()
            : throw new PromptRowException($"\"{source.PromptField}\" is {(value.ValueKind == JsonValueKind.String ? "empty" : $"a JSON {Kind(value)}")}, where text is expected");
    }

    private IReadOnlyList<PromptMessage>? Messages()
    {
        if (!row.TryGetProperty(source.MessagesField, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw new PromptRowException($"\"{source.MessagesField}\" is not a list with at least one message");
        }

        return [.. value.EnumerateArray().Select((message, i) => new PromptMessage(Field(message, i, "role"), Field(message, i, "content")))];
    }

    private string Field(JsonElement message, int index, string name) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new PromptRowException($"message {index} of \"{source.MessagesField}\" has no text \"{name}\"");

    private string? Answer() => row.TryGetProperty(source.AnswerField, out JsonElement value) ? Scalar(value) : null;

    private Dictionary<string, string> Metadata() => row.EnumerateObject()
        .Where(field => field.Name != source.PromptField && field.Name != source.MessagesField && field.Name != source.AnswerField && Scalar(field.Value) is not null)
        .GroupBy(field => field.Name)
        .ToDictionary(group => group.Key, group => Scalar(group.Last().Value)!);

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

#pragma warning disable CA1308 // JSON's own names are lower case
    private static string Kind(JsonElement value) => value.ValueKind.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
