using System.Text.Json;
using AlignService.Text.Chat;
using AlignService.Text.Tests.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Chat;

/// <summary>Small templates for every corner of the language, with what Jinja 3.1.6 in the environment of transformers makes of them.</summary>
public sealed class ChatTemplateReferenceTests
{
    private static readonly IReadOnlyList<JsonElement> Lines = ReferenceLines.Read("Chat.reference.jsonl");

    public static TheoryData<int> Cases => [.. Enumerable.Range(1, Lines.Count - 1)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void SmallTemplate_RendersOrFailsAsInJinja(int index)
    {
        JsonElement line = Lines[index];
        string source = line.GetProperty("template").GetString()!;
        var input = new ChatTemplateInput
        {
            Messages = Lines[0].GetProperty("messages"),
            Extra = Lines[0].GetProperty("extra"),
            AddGenerationPrompt = true,
            BosToken = "<s>",
            EosToken = "</s>",
        };
        if (line.TryGetProperty("rendered", out JsonElement rendered))
        {
            Assert.Equal(rendered.GetString(), ChatTemplate.Parse(source).Render(input));
        }
        else if (line.GetProperty("fails").GetString() == "loading")
        {
            Assert.Throws<CheckpointException>(() => ChatTemplate.Parse(source));
        }
        else
        {
            ChatTemplate template = ChatTemplate.Parse(source);
            Assert.Throws<ChatTemplateException>(() => template.Render(input));
        }
    }
}
