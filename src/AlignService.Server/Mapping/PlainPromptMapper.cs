using AlignService.Specs.Prompts;
using Google.Protobuf.Collections;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>What prompts, examples and preferences have in common, both ways: text or messages, and what the chat template shows besides.</summary>
internal static class PlainPromptMapper
{
    public static Prompt Read(int index, string text, RepeatedField<Wire.Message> messages, (string ToolsJson, string ArgumentsJson) template) => new(
        index,
        Text: text.Length == 0 ? null : text,
        Messages: messages.Count == 0 ? null : [.. messages.Select(Read)],
        Answer: null)
    {
        ToolsJson = template.ToolsJson.Length == 0 ? null : template.ToolsJson,
        TemplateArgumentsJson = template.ArgumentsJson.Length == 0 ? null : template.ArgumentsJson,
    };

    public static IEnumerable<Wire.Message> WriteMessages(Prompt prompt) =>
        (prompt.Messages ?? []).Select(Write);

    /// <summary>Beside further fields absent content is none; alone it is empty, as clients leave empty text out.</summary>
    private static PromptMessage Read(Wire.Message wire) => wire.FieldsJson.Length == 0
        ? new(wire.Role, wire.Content)
        : new(wire.Role, wire.HasContent ? wire.Content : null) { FieldsJson = wire.FieldsJson };

    private static Wire.Message Write(PromptMessage message)
    {
        Wire.Message wire = new() { Role = message.Role, FieldsJson = message.FieldsJson ?? "" };
        if (message.Content is { } content)
        {
            wire.Content = content;
        }

        return wire;
    }
}
