using System.Text.Json;
using System.Text.RegularExpressions;
using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Schemas;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the completion is JSON and, if there is a schema, matches it, else 0.</summary>
public sealed record JsonConfig : RewardConfig
{
    /// <summary>A JSON schema (2020-12) as text; null accepts any JSON.</summary>
    [Setting]
    public string? Schema { get; init; }

    /// <summary>Use the first ``` fence instead of the whole completion, if there is one.</summary>
    [Setting]
    public bool AllowCodeFence { get; init; }

    internal override IReward Create(RewardSetup setup) => new JsonReward(this);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (Schema is not null)
        {
            CheckText("schema", () => JsonSchema.Parse(Schema, cancellationToken), violations);
        }
    }

    internal override void Try(ScoringRequest request, FieldViolations violations, CancellationToken cancellationToken)
    {
        try
        {
            _ = new JsonReward(this with { AllowCodeFence = true }).Score([request], cancellationToken); // the made-up completion has JSON in a fence
        }
        catch (RegexMatchTimeoutException)
        {
            violations.Add("schema", $"one match of a pattern took more than {PatternLimits.OfOneMatch.TotalSeconds} s; write a simpler pattern.");
        }
    }
}

/// <summary>1 if the completion is JSON and, if there is a schema, matches it, else 0.</summary>
public sealed partial class JsonReward : IReward
{
    private readonly bool _allowCodeFence;
    private readonly JsonSchema? _schema;

    /// <exception cref="RewardException">The schema cannot be used.</exception>
    public JsonReward(JsonConfig config)
    {
        _allowCodeFence = config.AllowCodeFence;
        _schema = config.Schema is null ? null : JsonSchema.Parse(config.Schema, CancellationToken.None);
    }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request =>
        {
            Heartbeat.Beat();
            cancellationToken.ThrowIfCancellationRequested();
            return RewardScore.Of(Fits(request.Completion, cancellationToken) ? 1 : 0);
        })];

    private bool Fits(string text, CancellationToken cancellationToken)
    {
        if (_allowCodeFence && Fence().Match(text) is { Success: true } fence)
        {
            text = fence.Groups["inside"].Value;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return _schema?.Accepts(document.RootElement, cancellationToken) ?? true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The latter: text with half of a surrogate pair, which no string can hold.
            return false;
        }
    }

    [GeneratedRegex(@"```[A-Za-z0-9]*[ \t]*\r?\n(?<inside>.*?)```", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();
}
