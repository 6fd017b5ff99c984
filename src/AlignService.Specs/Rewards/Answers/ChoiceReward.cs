namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the option that the completion ends up with is that of the prompt's answer, else 0.</summary>
public sealed class ChoiceReward(ChoiceConfig config) : IReward
{
    private readonly ChosenOption _chosen = new(config.Options);

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        if (request.Prompt.Answer is not string answer || _chosen.Of(answer) is not string expected)
        {
            return RewardScore.None($"the prompt's answer names none of the options {string.Join(", ", config.Options)}");
        }

        return RewardScore.Of(_chosen.Of(request.Completion) == expected ? 1 : 0);
    }
}
