using System.Text.Json;
using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Judging;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>What a language model thinks of a completion, behind any chat endpoint that is compatible with OpenAI's.</summary>
public sealed record LlmJudgeConfig : RemoteRewardConfig
{
    private const string Path = "/chat/completions";

    /// <summary>Fields of the request that others of these settings decide.</summary>
    private static readonly string[] OwnFields = ["model", "messages", "stream", "n"];

    /// <summary>Up to, and without, /chat/completions.</summary>
    [Setting(Aliases = "base_url api_base endpoint")]
    public required string Url { get; init; }

    /// <summary>Each is asked by itself; the median counts.</summary>
    [Setting]
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>A template; null is a question after the kind of answer.</summary>
    [Setting(Aliases = "prompt_template judge_prompt")]
    public string? Prompt { get; init; }

    /// <summary>The system message; null is none.</summary>
    [Setting(Aliases = "system_prompt")]
    public string? System { get; init; }

    /// <summary>A smaller number is no score; null is no bound.</summary>
    [Setting]
    public double? MinScore { get; init; }

    /// <summary>A larger number is no score; null is no bound.</summary>
    [Setting]
    public double? MaxScore { get; init; }

    /// <summary>Words to answer with.</summary>
    [Setting]
    public IReadOnlyList<JudgeLabel> Labels { get; init; } = [];

    /// <summary>Path of the score in the last JSON object of an answer; null: the answer is not JSON.</summary>
    [Setting]
    public string? JsonField { get; init; }

    /// <summary>Statements that hold or not.</summary>
    [Setting]
    public IReadOnlyList<RubricCriterion> Rubric { get; init; } = [];

    /// <summary>One call ranks the completions of a prompt.</summary>
    [Setting]
    public bool RankGroup { get; init; }

    [Setting(Min = 0, Max = 2)]
    public double Temperature { get; init; }

    /// <summary>Of an answer.</summary>
    [Setting(Min = 1, Max = 1_000_000, Unit = "{token}")]
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Further fields of the request, as a JSON object; null is none.</summary>
    [Setting]
    public string? RequestJson { get; init; }

    /// <summary>Of prompts and answers; null is no limit.</summary>
    [Setting(Min = 1, Max = 1_000_000_000, ZeroIsOff = true, Unit = "{token}", Aliases = "tpm max_tpm")]
    public int? TokensPerMinute { get; init; }

    internal override bool NeedsAnswer => JudgePrompt.ShowsAnswer(Options);

    internal override (string Field, string Value) Target => ("url", Url);

    private JudgeOptions Options => new()
    {
        Prompt = Prompt,
        System = System,
        MinScore = MinScore,
        MaxScore = MaxScore,
        Labels = Labels,
        JsonField = JsonField,
        Rubric = Rubric,
        RankGroup = RankGroup,
        Temperature = Temperature,
        MaxTokens = MaxTokens,
        RequestJson = RequestJson,
    };

    internal override IReward Create(RewardSetup setup)
    {
        RequestSecrets secrets = RequestSecrets.Read(Token, Headers, setup.Remote.Secrets);
        UriBuilder address = new(Url);
        address.Path = address.Path.TrimEnd('/') + Path;
        ScorerTarget target = new(Name, address.Uri, BatchSize: 1, Calls);
        return new RemoteReward(
            Name,
            Calls,
            [.. Models.Select(model => new JudgeScorer(model, Options, target, secrets, setup.Remote.Network))],
            setup.Remote,
            new RemoteRewardOptions { WholeGroups = RankGroup, TokensPerMinute = TokensPerMinute });
    }

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        base.Check(violations, all, cancellationToken);
        if (Url.Contains(Path, StringComparison.Ordinal))
        {
            violations.Add("url", $"\"{Url}\" ends with {Path}, which is added to it; leave that out.");
        }

        if (Models.Count == 0)
        {
            violations.Add("models", "there are no models; name at least one that judges.", ViolationCode.Missing);
        }
        else if (Models.Any(string.IsNullOrWhiteSpace) || Models.Distinct().Count() < Models.Count)
        {
            violations.Add("models", "a model is empty or named twice; a second opinion of the same model would be the same.");
        }

        CheckKind(violations);
        CheckPrompt(violations);
        CheckParts(violations);
        CheckRequest(violations);
    }

    private void CheckKind(FieldViolations violations)
    {
        string[] kinds = [.. new[] { RankGroup ? "rank_group" : "", Rubric.Count > 0 ? "rubric" : "", JsonField is null ? "" : "json_field", Labels.Count > 0 && JsonField is null ? "labels" : "" }.Where(kind => kind.Length > 0)];
        if (kinds.Length > 1)
        {
            violations.Add(kinds[0], $"{string.Join(" and ", kinds)} say differently how the answer is read; give one of them.", ViolationCode.Conflict);
        }

        if (MinScore >= MaxScore)
        {
            violations.Add("min_score", $"it is {MinScore}, and max_score is {MaxScore}; it must be below that.", ViolationCode.OutOfRange);
        }

        if (kinds is ["rank_group" or "rubric" or "labels", ..] && (MinScore ?? MaxScore) is not null)
        {
            violations.Warn(MinScore is null ? "max_score" : "min_score", $"it has no effect: with {kinds[0]} the judge gives no number.", ViolationCode.NoEffect);
        }
    }

    private void CheckPrompt(FieldViolations violations)
    {
        if (Prompt is not null)
        {
            if (JudgePrompt.FindFault(Options) is { } fault)
            {
                violations.Add("prompt", fault);
            }
        }
        else if (JsonField is not null)
        {
            violations.Add("prompt", "there is none, and json_field is set; write the prompt that asks for JSON with that field.", ViolationCode.Missing);
        }
        else if (this is { RankGroup: false, Rubric.Count: 0, Labels.Count: 0 } && (MinScore is null || MaxScore is null))
        {
            violations.Add("prompt", "there is none, and neither labels nor a rubric; set min_score and max_score, between which the judge is asked for a number, or write a prompt.", ViolationCode.Missing);
        }
    }

    private void CheckParts(FieldViolations violations)
    {
        for (int i = 0; i < Labels.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Labels[i].Label) || Labels.Take(i).Any(other => other.Label.Equals(Labels[i].Label, StringComparison.OrdinalIgnoreCase)))
            {
                violations.At("labels", i).Add("label", $"\"{Labels[i].Label}\" is empty or the same as another one.", ViolationCode.Conflict);
            }
        }

        for (int i = 0; i < Rubric.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Rubric[i].Text))
            {
                violations.At("rubric", i).Add("text", "it is empty; write a statement that holds for a good answer.", ViolationCode.Missing);
            }
        }
    }

    private void CheckRequest(FieldViolations violations)
    {
        if (RequestJson is null)
        {
            return;
        }

        if (EmbeddedJson.FindFault(RequestJson, JsonValueKind.Object, "further fields") is { } fault)
        {
            violations.Add("request_json", $"{fault}.");
        }
        else if (OwnFields.FirstOrDefault(name => JsonElement.Parse(RequestJson).TryGetProperty(name, out _)) is { } own)
        {
            violations.Add("request_json", $"it has \"{own}\", which other settings decide; leave it out.", ViolationCode.Conflict);
        }
    }
}
