namespace AlignService.Specs.Rewards.Lengths;

/// <summary>A cosine over the completion's length, one for right and one for wrong completions (arXiv:2502.03373).</summary>
public sealed record CosineLengthConfig : RewardConfig
{
    /// <summary>Tokens at which the cosine ends; null is the job's longest completion.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Score of a wrong completion without tokens.</summary>
    public double MinValueWrong { get; init; } = -1;

    /// <summary>Score of a wrong completion of <see cref="MaxTokens"/> and more.</summary>
    public double MaxValueWrong { get; init; } = -0.5;

    /// <summary>Score of a right completion of <see cref="MaxTokens"/> and more.</summary>
    public double MinValueCorrect { get; init; } = 0.5;

    /// <summary>Score of a right completion without tokens.</summary>
    public double MaxValueCorrect { get; init; } = 1;

    /// <summary>Name of the source that tells what is right; null compares final numbers with the prompt's answer.</summary>
    public string? CorrectSource { get; init; }

    /// <summary>The score from which that source's completion is right.</summary>
    public double CorrectFrom { get; init; } = 1;
}
