using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the last number in the completion equals the number in the prompt's answer, else 0.</summary>
public sealed record NumberMatchConfig : RewardConfig
{
    /// <summary>Largest absolute difference that still counts as equal; 0 or more.</summary>
    [Setting(Min = 0)]
    public double Tolerance { get; init; } = 1e-6;

    internal override bool NeedsAnswer => true;

    internal override IReward Create(RewardSetup setup) => new NumberMatchReward(this);
}

/// <summary>1 if the completion's final number equals that of the prompt's answer, else 0.</summary>
public sealed class NumberMatchReward(NumberMatchConfig config) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        if (request.Prompt.Answer is not string answer || FinalNumber.Find(answer) is not { } expected)
        {
            return RewardScore.None("the prompt's answer has no number to compare with");
        }

        return RewardScore.Of(FinalNumber.Find(request.Completion) is { } got && Math.Abs((got - expected).ToDouble()) <= config.Tolerance ? 1 : 0);
    }
}
