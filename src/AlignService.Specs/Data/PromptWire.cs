using AlignService.Specs.Binding;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Data;

/// <summary>Converts inline prompts from and to the wire.</summary>
internal sealed class PromptWire : IWireConverter
{
    public object Read(IMessage message, int index)
    {
        var wire = (Wire.Prompt)message;
        return Read(index, wire.Text, wire.Messages, (wire.ToolsJson, wire.TemplateArgumentsJson)) with
        {
            Answer = OrNull(wire.Answer),
            Metadata = new Dictionary<string, string>(wire.Metadata),
        };
    }

    public IMessage Write(object row)
    {
        var prompt = (Prompt)row;
        return new Wire.Prompt
        {
            Text = prompt.Text ?? "",
            Messages = { WriteMessages(prompt) },
            Answer = prompt.Answer ?? "",
            Metadata = { prompt.Metadata.ToDictionary() },
            ToolsJson = prompt.ToolsJson ?? "",
            TemplateArgumentsJson = prompt.TemplateArgumentsJson ?? "",
        };
    }

    /// <summary>What prompts, examples and preferences have in common: text or messages, and what else the chat template shows.</summary>
    public static Prompt Read(int index, string text, RepeatedField<Wire.Message> messages, (string ToolsJson, string ArgumentsJson) template) =>
        new(index, OrNull(text), messages.Count == 0 ? null : [.. messages.Select(Read)], Answer: null)
        {
            ToolsJson = OrNull(template.ToolsJson),
            TemplateArgumentsJson = OrNull(template.ArgumentsJson),
        };

    public static IEnumerable<Wire.Message> WriteMessages(Prompt prompt) => (prompt.Messages ?? []).Select(Write);

    public static string? OrNull(string text) => text.Length == 0 ? null : text;

    /// <summary>With further fields, absent content is null; without, it is empty, because clients omit empty text.</summary>
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
