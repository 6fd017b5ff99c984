using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Testing;
using AlignService.Text.Chat;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Prompts;

/// <summary>The conversations of golden/chat-templates, read as rows of a data file: what a job renders of them is what the template makes of them as they are.</summary>
public sealed class ChatRendererTests : IDisposable
{
    private readonly RunFolder _folder = new();

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
            PromptSourceConfig source = new() { File = _folder.File("rows.jsonl", line), TemplateArgumentsField = "extra" };
            JsonElement[] messages = [.. golden["messages"].Element.EnumerateArray()];
            if (messages.Any(HasStructuredContent))
            {
                Assert.Throws<DataException>(() => DataFiles.Load(source));
                continue;
            }

            if (golden.Has("error") || golden.HasValue("now") || golden.HasValue("documents") || messages.Length == 0 || !messages.All(IsUsual))
            {
                continue;
            }

            Prompt prompt = Assert.Single(DataFiles.Load(source));
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
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out JsonElement content) && content.ValueKind is (JsonValueKind.Object or JsonValueKind.Array);

    /// <summary>Role and content first, as messages here put them: a template that prints a message whole shows the order. Other conversations test the template alone.</summary>
    private static bool IsUsual(JsonElement message)
    {
        JsonProperty[] fields = message.ValueKind == JsonValueKind.Object ? [.. message.EnumerateObject()] : [];
        return fields is [{ Name: "role", Value: { ValueKind: JsonValueKind.String } role }, { Name: "content" } content, ..] && role.GetString()!.Length > 0
            && (content.Value.ValueKind == JsonValueKind.String || message.TryGetProperty("tool_calls", out _));
    }
}
