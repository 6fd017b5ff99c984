namespace AlignService.Specs.Rewards.Lengths;

/// <summary>A cosine over the completion's length: short is better where it is right, long where it is wrong (arXiv:2502.03373).</summary>
/// <param name="config">Values at both ends.</param>
/// <param name="maxCompletionLength">Tokens at which the cosine ends where the configuration does not say.</param>
/// <param name="correctness">Tells what is right. Borrowed.</param>
public sealed class CosineLengthReward(CosineLengthConfig config, int maxCompletionLength, IReward correctness) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Zip(correctness.Score(requests, cancellationToken), Score)];

    /// <param name="tokenCount">Of the completion.</param>
    /// <param name="isCorrect">Which of the two curves.</param>
    internal double Of(int tokenCount, bool isCorrect)
    {
        double share = Math.Min(1, tokenCount / (double)(config.MaxTokens ?? maxCompletionLength));
        (double start, double end) = isCorrect ? (config.MaxValueCorrect, config.MinValueCorrect) : (config.MinValueWrong, config.MaxValueWrong);
        return end + (start - end) * (1 + Math.Cos(Math.PI * share)) / 2;
    }

    private RewardScore Score(ScoringRequest request, RewardScore correct) => correct.Value is double value
        ? RewardScore.Of(Of(request.TokenCount, value >= config.CorrectFrom))
        : RewardScore.None($"whether it is right is not known: {correct.Reason}");
}
