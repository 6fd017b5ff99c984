using System.Text.Json;
using AlignService.Training.Prompts;

namespace AlignService.Training.Data;

/// <summary>Fields that hold plain text or messages, as data sets of examples and of preferences have them.</summary>
internal static class TurnFields
{
    private const string Assistant = "assistant";

    /// <summary>A prompt of text or of messages; null where the field is absent or null.</summary>
    public static Prompt? Prompt(DataRow row, string field, int index)
    {
        if (Messages(row, field) is { } messages)
        {
            return new Prompt(index, null, messages, null);
        }

        return row.Text(field) is { } text ? new Prompt(index, text, null, null) : null;
    }

    /// <summary>What the assistant says: text, or a list of messages of which it is the last; null where the field is absent or null.</summary>
    /// <exception cref="DataRowException">The messages end with another role's, or there are others before it.</exception>
    public static string? Answer(DataRow row, string field) => Messages(row, field) is not { } messages ? row.Text(field)
        : messages is [{ Role: Assistant } only] ? only.Content
        : throw new DataRowException($"\"{field}\" is a list of {messages.Count} messages, where text or one message of the role assistant is expected");

    /// <summary>The field's messages where it is a list; null where it is anything else.</summary>
    public static IReadOnlyList<PromptMessage>? Messages(DataRow row, string field) => row.Value(field) is { ValueKind: JsonValueKind.Array } ? row.Messages(field) : null;

    public static bool IsAssistant(PromptMessage message) => message.Role == Assistant;
}
