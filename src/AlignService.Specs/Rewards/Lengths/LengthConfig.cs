namespace AlignService.Specs.Rewards.Lengths;

/// <summary>A linear function of the completion's length in tokens.</summary>
public sealed record LengthConfig : RewardConfig
{
    /// <summary>Tokens at which <see cref="AtMax"/> is reached; null is the job's longest completion.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Score of an empty completion.</summary>
    public double AtZero { get; init; }

    /// <summary>Score at <see cref="MaxTokens"/> and beyond.</summary>
    public double AtMax { get; init; } = -1;
}
