using System.Text.Json;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>Fields that hold plain text or messages, in data sets of examples and preferences.</summary>
internal static class TurnFields
{
    private const string Assistant = "assistant";

    private static readonly string[] ShownBesidesContent = ["tool_calls", "reasoning_content", "reasoning", "thinking"];

    /// <summary>A prompt of text or of messages; null where the field is absent or null.</summary>
    public static Prompt? Prompt(DataRow row, string field, int index)
    {
        if (Messages(row, field) is { } messages)
        {
            return new Prompt(index, null, messages, null);
        }

        return row.Text(field) is { } text ? new Prompt(index, text, null, null) : null;
    }

    /// <summary>A prompt from the first that there is: the template, the prompt field, the messages field; null where there is none.</summary>
    public static Prompt? Prompt(DataRow row, (FieldTemplate? Template, string Prompt, string Messages) source, int index)
    {
        if (source.Template is { } template)
        {
            return new Prompt(index, template.Fill(row), null, null);
        }

        // A field that is named as messages is read as such, even where it holds them as text.
        return (source.Prompt == source.Messages ? null : Prompt(row, source.Prompt, index))
            ?? (row.Messages(source.Messages) is { } messages ? new Prompt(index, null, messages, null) : null);
    }

    /// <summary>Whether text is a list of messages, written as JSON.</summary>
    public static bool LooksLikeMessages(string? text)
    {
        if (text is null || !text.AsSpan().TrimStart().StartsWith("[") || !text.Contains("\"role\"", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            JsonElement json = JsonElement.Parse(text);
            return json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0 && json.EnumerateArray().All(MessageReader.IsMessage);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The prompt with what its chat template shows besides the messages.</summary>
    public static Prompt WithTemplateValues(Prompt prompt, DataRow row, ITemplateFields fields) => prompt with
    {
        ToolsJson = row.Json(fields.ToolsField, JsonValueKind.Array)?.GetRawText(),
        TemplateArgumentsJson = row.Json(fields.TemplateArgumentsField, JsonValueKind.Object)?.GetRawText(),
    };

    /// <summary>What the assistant says: text, or a list of messages of which it is the last; null where the field is absent or null.</summary>
    /// <exception cref="DataRowException">The last message is not the assistant's, there are others before it, or it is more than text.</exception>
    public static string? Answer(DataRow row, string field) => Messages(row, field) is not { } messages ? row.Text(field)
        : messages is [{ Role: Assistant } only] ? Answer(only, field)
        : throw new DataRowException($"\"{field}\" is a list of {messages.Count} messages, but text or one message of the role assistant is expected");

    /// <summary>The text of a message that is an answer, which must be only text.</summary>
    /// <exception cref="DataRowException">A chat template would show more of the message than its content.</exception>
    public static string Answer(PromptMessage message, string field) => ShownBesidesContent.FirstOrDefault(message.HasField) is { } shown
        ? throw new DataRowException(
            $"the answer of \"{field}\" has \"{shown}\", which answers do not support, so the chat template would omit it; write it into \"content\" as the model should write it, or give a supervised example as one whole conversation")
        : message.Content!;

    /// <summary>The field's messages where it is a list; null where it is anything else.</summary>
    public static IReadOnlyList<PromptMessage>? Messages(DataRow row, string field) => row.Value(field) is { ValueKind: JsonValueKind.Array } ? row.Messages(field) : null;

    public static bool IsAssistant(PromptMessage message) => message.Role == Assistant;
}
