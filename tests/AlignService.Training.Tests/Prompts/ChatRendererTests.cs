using System.Text.Json;
using AlignService.Model.Chat;
using AlignService.Testing;
using AlignService.Training.Data;
using AlignService.Training.Prompts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Prompts;

/// <summary>The conversations of golden/chat-templates, read as rows of a data file: what a job renders of them is what the template makes of them as they are.</summary>
[Trait("Category", "Golden")]
public sealed class ChatRendererTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases => GoldenFolder.Rows("chat-templates");

    [Theory]
    [MemberData(nameof(Cases))]
    public void ConversationsOfADataFile_RenderAsTheReference(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("chat-templates", caseName);
        var template = ChatTemplate.Parse(GoldenChatTemplate.Read(folder));
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "golden.jsonl")))
        {
            string at = $"{caseName}:{++number}";
            GoldenJson golden = GoldenJson.Parse(line, at);
            if (golden.Has("error") || golden.HasValue("now") || golden.HasValue("documents"))
            {
                continue;
            }

            PromptSourceConfig source = new() { File = _folder.File("rows.jsonl", line), TemplateArgumentsField = "extra" };
            if (golden["messages"].Element.EnumerateArray().Any(HasStructuredContent))
            {
                Assert.Contains("where text is expected", Assert.Throws<DataException>(() => PromptFile.Load(source)).Message, StringComparison.Ordinal);
                continue;
            }

            Prompt prompt = Assert.Single(PromptFile.Load(source));
            ChatTemplateInput input = ChatRenderer.Input(prompt.Messages!, golden.Has("add_generation_prompt") && golden.Bool("add_generation_prompt"), prompt.ToolsJson, prompt.TemplateArgumentsJson) with
            {
                BosToken = golden.HasValue("bos_token") ? golden.Text("bos_token") : null,
                EosToken = golden.HasValue("eos_token") ? golden.Text("eos_token") : null,
            };
            GoldenAssert.Same(at, "rendered", golden.Text("rendered"), template.Render(input));
        }

        Assert.True(number > 0, $"{caseName}: golden.jsonl has no line");
    }

    public void Dispose() => _folder.Dispose();

    private static bool HasStructuredContent(JsonElement message) =>
        message.TryGetProperty("content", out JsonElement content) && content.ValueKind is (JsonValueKind.Object or JsonValueKind.Array);
}
