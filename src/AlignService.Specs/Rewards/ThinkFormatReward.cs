using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the completion first thinks in tags, and only once.</summary>
public sealed record ThinkFormatConfig : RewardConfig
{
    /// <summary>The tag's name.</summary>
    [Setting]
    public string Tag { get; init; } = "think";

    /// <summary>Whether the chat template already opens the tag, so the completion does not.</summary>
    [Setting]
    public bool OpenedByPrompt { get; init; }

    internal override IReward Create(RewardSetup setup) => new ThinkFormatReward(this);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (Tag.Length is 0 or > 63 || !Tag.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
        {
            violations.Add("tag", $"\"{Tag}\" is not a valid tag name; use letters, digits, '_' and '-', without < and >.");
        }
    }
}

/// <summary>1 if the completion starts with the opening tag, has no second one, and a closing tag follows; else 0.</summary>
public sealed class ThinkFormatReward(ThinkFormatConfig config) : IReward
{
    private readonly string _open = $"<{config.Tag}>";
    private readonly string _close = $"</{config.Tag}>";

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(IsFormatted(config.OpenedByPrompt ? _open + request.Completion : request.Completion) ? 1 : 0))];

    private bool IsFormatted(string text) =>
        text.StartsWith(_open, StringComparison.Ordinal)
        && text.IndexOf(_open, _open.Length, StringComparison.Ordinal) < 0
        && text.IndexOf(_close, _open.Length, StringComparison.Ordinal) >= 0;
}
