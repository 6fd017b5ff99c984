using System.Globalization;
using AlignService.Testing;
using AlignService.Text.Chat;
using Xunit;

namespace AlignService.Text.Tests.Chat;

/// <summary>Renderings and errors of golden/chat-templates, compared byte for byte.</summary>
[Trait("Category", "Golden")]
public sealed class ChatTemplateGoldenTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("chat-templates");

    public static TheoryData<string> InvalidCases => GoldenFolder.LineRows("chat-templates", "invalid.jsonl");

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryLineOfACase_RendersAsTheReference(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("chat-templates", caseName);
        ChatTemplate template = ChatTemplate.Parse(GoldenChatTemplate.Read(folder));
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "golden.jsonl")))
        {
            string at = $"{caseName}:{++number}";
            GoldenJson golden = GoldenJson.Parse(line, at);
            ChatTemplateInput input = ReadInput(golden);
            if (golden.Has("error"))
            {
                CheckError(template, input, golden, at);
            }
            else
            {
                CheckRendering(template.RenderChat(input), golden, at);
            }

            golden.AssertAllRead();
        }

        int listed = GoldenCases.ListedLines($"chat-templates/{caseName}/golden.jsonl");
        Assert.True(number >= Math.Max(1, listed), $"{caseName}: golden.jsonl has {number} lines; {GoldenCases.ListFile} lists {listed}");
    }

    [Theory]
    [MemberData(nameof(InvalidCases))]
    public void AnInvalidTemplate_IsRefusedWithItsLine(string caseName)
    {
        GoldenJson golden = GoldenFolder.Line("chat-templates", caseName);
        ChatTemplate template;
        try
        {
            template = ChatTemplate.Parse(golden.Text("template"));
        }
        catch (CheckpointException exception)
        {
            Assert.Contains($"line {golden.Int("line")}", exception.Message, StringComparison.Ordinal);
            Assert.Contains(golden.Has("names") ? golden.Text("names") : "", exception.Message, StringComparison.Ordinal);
            return;
        }

        Assert.True(golden.Has("rendered"), $"{caseName}: loads, expected an error in line {golden.Int("line")}, got none, tolerance none");
        GoldenAssert.Same(caseName, "rendered", golden.Text("rendered"), template.Render([new ChatMessage("user", "hi")], addGenerationPrompt: false));
    }

    private static ChatTemplateInput ReadInput(GoldenJson golden) => new()
    {
        Messages = golden["messages"].Element,
        Tools = golden.HasValue("tools") ? golden["tools"].Element : null,
        Documents = golden.HasValue("documents") ? golden["documents"].Element : null,
        AddGenerationPrompt = golden.Has("add_generation_prompt") && golden.Bool("add_generation_prompt"),
        BosToken = golden.HasValue("bos_token") ? golden.Text("bos_token") : null,
        EosToken = golden.HasValue("eos_token") ? golden.Text("eos_token") : null,
        Extra = golden.HasValue("extra") ? golden["extra"].Element : null,
        Clock = golden.HasValue("now") ? new FixedClock(golden.Text("now")) : TimeProvider.System,
    };

    private static void CheckError(ChatTemplate template, ChatTemplateInput input, GoldenJson golden, string at)
    {
        ChatTemplateException? exception = null;
        try
        {
            template.Render(input);
        }
        catch (ChatTemplateException caught)
        {
            exception = caught;
        }

        string expected = golden.Text("error");
        Assert.True(exception is not null, $"{at}: rendering, expected the error '{expected}', got a text, tolerance none");
        if (golden.Text("error_kind") == "raise")
        {
            GoldenAssert.Same(at, "error", expected, exception.Message);
            Assert.True(exception.IsRaisedByTemplate, $"{at}: error kind, expected raise, got runtime, tolerance none");
        }
    }

    private static void CheckRendering(RenderedChat rendered, GoldenJson golden, string at)
    {
        GoldenAssert.Same(at, "rendered", golden.Text("rendered"), rendered.Text);
        if (golden.Has("generation"))
        {
            GoldenSpan[] expected = [.. golden["generation"].Items.Select(span => new GoldenSpan((int)span.AsDoubles()[0], (int)span.AsDoubles()[1]))];
            GoldenAssert.Same(at, "generation", expected, [.. rendered.GenerationSpans.Select(span => new GoldenSpan(span.Start, span.End))]);
        }
    }

    private readonly record struct GoldenSpan(int Start, int End);

    private sealed class FixedClock(string time) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }
}
