using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Judging;

/// <summary>The text that a judge reads. What stands in a completion is text there, whatever braces it has.</summary>
internal sealed class JudgePrompt
{
    private const string Metadata = "metadata.";

    private readonly JudgeOptions _options;
    private readonly FieldTemplate _template;

    /// <exception cref="DataException">The prompt is not a template.</exception>
    public JudgePrompt(JudgeOptions options)
    {
        _options = options;
        _template = FieldTemplate.Parse(TemplateOf(options))!; // it has text
    }

    /// <summary>What is wrong with a prompt of the user's own, as a sentence; null where it can be used.</summary>
    public static string? FindFault(JudgeOptions options)
    {
        if (FieldTemplate.FindFault(options.Prompt!) is { } fault)
        {
            return $"{fault}.";
        }

        string shown = Shown(options);
        string[] known = ["prompt", "conversation", shown, "answer"];
        string[] fields = [.. FieldTemplate.Parse(options.Prompt)!.Fields];
        return fields.FirstOrDefault(field => !known.Contains(field) && !(field.StartsWith(Metadata, StringComparison.Ordinal) && field.Length > Metadata.Length)) is { } unknown
            ? $"it names {{{unknown}}}, which a judge of this kind does not have; known are {string.Join(", ", known.Select(field => $"{{{field}}}"))} and {{metadata.NAME}}."
            : fields.Contains(shown) ? null : $"it does not name {{{shown}}}, so the judge would not see what it judges.";
    }

    /// <summary>Whether it shows the known answer of a prompt's row.</summary>
    public static bool ShowsAnswer(JudgeOptions options) => options.Prompt is { } prompt && FieldTemplate.FindFault(prompt) is null && FieldTemplate.Parse(prompt)!.Fields.Contains("answer");

    /// <summary>The text for a unit.</summary>
    /// <exception cref="DataRowException">The prompt's row lacks a field that the prompt names.</exception>
    public string Fill(ScoringUnit unit)
    {
        ScoringRequest request = unit.Completions[0].Request;
        Prompt prompt = request.Prompt;
        JsonObject metadata = new([.. prompt.Metadata.Select(pair => KeyValuePair.Create(Valid(pair.Key), (JsonNode?)Valid(pair.Value)))]);
        JsonObject fields = new()
        {
            ["prompt"] = Valid(prompt.Text ?? prompt.Messages?.LastOrDefault(message => message.Role == "user")?.Content ?? ""),
            ["conversation"] = Valid(prompt.Text ?? string.Join("\n\n", (prompt.Messages ?? []).Select(message => $"{message.Role}: {message.Content}"))),
            ["answer"] = prompt.Answer is { } answer ? Valid(answer) : null,
            ["metadata"] = metadata,
            [Shown(_options)] = _options.RankGroup ? Listed(Ranked(unit)) : Valid(request.Completion),
        };
        return _template.Fill(new DataRow(JsonSerializer.SerializeToElement(fields)));
    }

    /// <summary>The different completions of a group in the order in which they are shown: one that depends on what they say, because judges prefer what stands first.</summary>
    public static IReadOnlyList<string> Ranked(ScoringUnit unit) =>
        [.. unit.Completions.Select(completion => Valid(completion.Request.Completion)).Distinct().OrderBy(text => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))))];

    private static string Shown(JudgeOptions options) => options.RankGroup ? "completions" : "completion";

    private static string TemplateOf(JudgeOptions options) => options switch
    {
        { RankGroup: true } => (options.Prompt ?? "Several answers were given to this:\n\n{conversation}\n\nThe answers:\n\n{completions}\n\nWhich do best what was asked?")
            + "\n\nRank all of them from best to worst. Explain briefly, then end with JSON and nothing after it: {{\"ranking\": [number of the best, ..., number of the worst]}}",
        { Rubric: { Count: > 0 } rubric } => (options.Prompt ?? "This was asked:\n\n{conversation}\n\nThis was answered:\n\n{completion}")
            + $"\n\nDecide for each statement whether it holds, with yes or no:\n\n{Escape(Listed([.. rubric.Select(criterion => criterion.Text)]))}\n\n"
            + $"Explain briefly, then end with JSON and nothing after it, one entry per statement in this order ({rubric.Count}): {{{{\"criteria\": [\"yes\", \"no\", ...]}}}}",
        { Prompt: { } own } => own,
        { Labels.Count: > 0 } => $"{Question}Explain in one or two sentences, then end with one of these words alone on its line: {Escape(string.Join(", ", options.Labels.Select(label => label.Label)))}.",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"{Question}Explain in one or two sentences, then end with a line that has only a number from {options.MinScore} (worst) to {options.MaxScore} (best)."),
    };

    private const string Question = "This was asked:\n\n{conversation}\n\nThis was answered:\n\n{completion}\n\nHow well does the answer do what was asked? ";

    private static string Listed(IReadOnlyList<string> texts) => string.Join("\n\n", texts.Select((text, i) => string.Create(CultureInfo.InvariantCulture, $"[{i + 1}] {text}")));

    private static string Escape(string text) => text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    /// <summary>Without halves of surrogate pairs, which JSON cannot hold.</summary>
    public static string Valid(string text) => text.Any(char.IsSurrogate) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
}
