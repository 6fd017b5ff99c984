namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the completion's final number equals that of the prompt's answer, else 0.</summary>
public sealed class NumberMatchReward(NumberMatchConfig config) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        if (request.Prompt.Answer is not string answer || FinalNumber.Of(answer) is not double expected)
        {
            return RewardScore.None("the prompt's answer has no number to compare with");
        }

        return RewardScore.Of(FinalNumber.Of(request.Completion) is double got && Math.Abs(got - expected) <= config.Tolerance ? 1 : 0);
    }
}
