using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the completion's text equals the prompt's answer, else 0.</summary>
public sealed record ExactMatchConfig : RewardConfig
{
    /// <summary>Compare after removing white space at both ends.</summary>
    [Setting]
    public bool Trim { get; init; } = true;

    [Setting]
    public bool IgnoreCase { get; init; }

    internal override bool NeedsAnswer => true;

    internal override IReward Create(RewardSetup setup) => new ExactMatchReward(this);
}

/// <summary>1 if the completion's text equals the prompt's answer, else 0.</summary>
public sealed class ExactMatchReward(ExactMatchConfig config) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        if (request.Prompt.Answer is not string answer)
        {
            return RewardScore.None("the prompt has no answer to compare with");
        }

        StringComparison comparison = config.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return RewardScore.Of(string.Equals(Shown(request.Completion), Shown(answer), comparison) ? 1 : 0);
    }

    private string Shown(string text) => config.Trim ? text.Trim() : text;
}
