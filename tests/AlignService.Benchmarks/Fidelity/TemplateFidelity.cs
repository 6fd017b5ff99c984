using System.Globalization;
using System.Text;
using AlignService.Testing;
using AlignService.Text.Chat;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>Golden renderings, and errors where a template is to fail.</summary>
internal static class TemplateFidelity
{
    public static void Run()
    {
        foreach (string name in GoldenFolder.Cases("chat-templates"))
        {
            string folder = GoldenFolder.CaseFolder("chat-templates", name);
            ChatTemplate template = ChatTemplate.Parse(Source(folder));
            GoldenJson[] lines = [.. File.ReadLines(Path.Combine(folder, "golden.jsonl")).Select(line => GoldenJson.Parse(line, name))];
            FidelityLine.Write("template", name, ("renderings", lines.Length), ("equal", lines.Count(line => IsEqual(template, line))));
        }
    }

    private static bool IsEqual(ChatTemplate template, GoldenJson golden)
    {
        try
        {
            string text = template.Render(Input(golden));
            return golden.Has("rendered") && text == golden.Text("rendered");
        }
        catch (ChatTemplateException exception)
        {
            return golden.Has("error") && (golden.Text("error_kind") != "raise" || exception.Message == golden.Text("error"));
        }
    }

    private static ChatTemplateInput Input(GoldenJson golden) => new()
    {
        Messages = golden["messages"].Element,
        Tools = golden.HasValue("tools") ? golden["tools"].Element : null,
        Documents = golden.HasValue("documents") ? golden["documents"].Element : null,
        AddGenerationPrompt = golden.Has("add_generation_prompt") && golden.Bool("add_generation_prompt"),
        BosToken = golden.HasValue("bos_token") ? golden.Text("bos_token") : null,
        EosToken = golden.HasValue("eos_token") ? golden.Text("eos_token") : null,
        Extra = golden.HasValue("extra") ? golden["extra"].Element : null,
        Clock = golden.HasValue("now") ? new GivenTime(golden.Text("now")) : TimeProvider.System,
    };

    private static string Source(string folder)
    {
        string file = Path.Combine(folder, "template.jinja");
        string[] source = File.Exists(file) ? [file] : GoldenFolder.Source(folder).Split('#');
        string text = Encoding.UTF8.GetString(File.ReadAllBytes(source[0]));
        return source.Length == 1 ? text : GoldenJson.Parse(text, source[0]).Text(source[1]);
    }

    private sealed class GivenTime(string time) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }
}
