using AlignService.Training.Prompts;
using Google.Protobuf.Collections;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>A prompt of text or messages and nothing else, as examples and preferences have it, both ways.</summary>
internal static class PlainPromptMapper
{
    public static Prompt Read(int index, string text, RepeatedField<Wire.Message> messages) => new(
        index,
        Text: text.Length == 0 ? null : text,
        Messages: messages.Count == 0 ? null : [.. messages.Select(message => new PromptMessage(message.Role, message.Content))],
        Answer: null);

    public static IEnumerable<Wire.Message> WriteMessages(Prompt prompt) =>
        (prompt.Messages ?? []).Select(message => new Wire.Message { Role = message.Role, Content = message.Content });
}
