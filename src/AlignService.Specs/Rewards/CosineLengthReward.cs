using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>A cosine over the completion's length, one for right and one for wrong completions (arXiv:2502.03373).</summary>
public sealed record CosineLengthConfig : RewardConfig
{
    /// <summary>Tokens at which the cosine ends; null is the job's max_completion_length.</summary>
    [Setting(Min = 1, Unit = "{token}")]
    public int? MaxTokens { get; init; }

    /// <summary>Score of a wrong completion without tokens.</summary>
    [Setting]
    public double MinValueWrong { get; init; } = -1;

    /// <summary>Score of a wrong completion of <see cref="MaxTokens"/> or more.</summary>
    [Setting]
    public double MaxValueWrong { get; init; } = -0.5;

    /// <summary>Score of a right completion of <see cref="MaxTokens"/> or more.</summary>
    [Setting]
    public double MinValueCorrect { get; init; } = 0.5;

    /// <summary>Score of a right completion without tokens.</summary>
    [Setting]
    public double MaxValueCorrect { get; init; } = 1;

    /// <summary>Name of the source that decides what is right; null compares final numbers with the prompt's answer.</summary>
    [Setting]
    public string? CorrectSource { get; init; }

    /// <summary>The score of that source from which a completion is right.</summary>
    [Setting]
    public double CorrectFrom { get; init; } = 1;

    internal override bool NeedsAnswer => CorrectSource is null;

    internal override string? AskedSource => CorrectSource;

    internal override IReward Create(RewardSetup setup) => new CosineLengthReward(this, setup.MaxCompletionLength, CorrectSource is null
        ? new NumberMatchReward(new NumberMatchConfig { Name = Name })
        : setup.Asked ?? throw new RewardException($"Reward {Name} needs the source \"{CorrectSource}\" to decide what is right, but this job has no such source."));

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        string[] others = [.. all.Where(reward => reward.AskedSource is null && reward is not CosineLengthConfig).Select(reward => reward.Name)];
        if (CorrectSource is { } source && !others.Contains(source))
        {
            string known = others.Length == 0 ? "this job has none" : $"known: {string.Join(", ", others)}";
            violations.Add("correct_source", $"\"{source}\" is not a reward of this job that can decide what is right; {known}. Leave it out to compare with the prompts' answers.", ViolationCode.Unknown);
        }
    }
}

/// <summary>A cosine over the completion's length: short is better where it is right, long where it is wrong (arXiv:2502.03373).</summary>
/// <param name="config">Values at both ends.</param>
/// <param name="maxCompletionLength">Tokens at which the cosine ends where the configuration does not say.</param>
/// <param name="correctness">Decides what is right. Borrowed.</param>
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
        : RewardScore.None($"unknown whether it is right: {correct.Reason}");
}
