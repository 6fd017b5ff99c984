namespace AlignService.Specs.Rewards.Models;

/// <summary>A transformer with a scalar head, read from a Hugging Face directory.</summary>
public sealed record RewardModelConfig : RewardConfig
{
    /// <summary>A directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    public required string Model { get; init; }
}
