using System.Text.Json;
using AlignService.Training.Prompts;

namespace AlignService.Server.Validation;

/// <summary>One line of a JSONL file as a prompt.</summary>
internal static class PromptRow
{
    /// <summary>Null, with the fault, where the row is no prompt.</summary>
    public static Prompt? Read(JsonElement row, PromptSourceConfig source, int index, out string? fault)
    {
        bool hasText = row.TryGetProperty(source.PromptField, out JsonElement text) && text.ValueKind != JsonValueKind.Null;
        bool hasMessages = row.TryGetProperty(source.MessagesField, out JsonElement messages) && messages.ValueKind != JsonValueKind.Null;
        fault = (hasText, hasMessages) switch
        {
            (false, false) => $"it has neither \"{source.PromptField}\" nor \"{source.MessagesField}\"; it has "
                + $"{string.Join(", ", row.EnumerateObject().Select(property => $"\"{property.Name}\"").DefaultIfEmpty("nothing"))}. Name the field by prompt_field or messages_field.",
            (true, true) => $"it has both \"{source.PromptField}\" and \"{source.MessagesField}\"; keep one.",
            (true, false) when text.ValueKind != JsonValueKind.String || text.GetString()!.Length == 0 => $"\"{source.PromptField}\" must be a text that is not empty.",
            (false, true) => FaultOf(messages, source.MessagesField),
            _ => null,
        };
        if (fault is not null)
        {
            return null;
        }

        return new Prompt(index, hasText ? text.GetString() : null, hasMessages ? ReadMessages(messages) : null, ReadAnswer(row, source.AnswerField));
    }

    private static string? FaultOf(JsonElement messages, string field)
    {
        bool isList = messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0;
        return isList && messages.EnumerateArray().All(IsMessage)
            ? null
            : $"\"{field}\" must be a list of objects with the texts \"role\" and \"content\", at least one.";
    }

    private static bool IsMessage(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object
        && message.TryGetProperty("role", out JsonElement role) && role.ValueKind == JsonValueKind.String
        && message.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String;

    private static List<PromptMessage> ReadMessages(JsonElement messages) =>
        [.. messages.EnumerateArray().Select(message => new PromptMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];

    private static string? ReadAnswer(JsonElement row, string field) =>
        !row.TryGetProperty(field, out JsonElement answer) ? null : answer.ValueKind switch
        {
            JsonValueKind.String => answer.GetString(),
            JsonValueKind.Number => answer.GetRawText(),
            _ => null,
        };
}
