namespace AlignService.Specs.Rewards.Models;

/// <summary>A transformer with a scalar head that is read at the end of every step of a completion (arXiv:2305.20050), from a Hugging Face directory.</summary>
public sealed record ProcessRewardModelConfig : RewardConfig
{
    /// <summary>A directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    public required string Model { get; init; }

    /// <summary>Ends a step of a completion, where <see cref="StepToken"/> does not say otherwise.</summary>
    public string StepDelimiter { get; init; } = "\n\n";

    /// <summary>Id of the policy's token that ends a step; null is the delimiter.</summary>
    public int? StepToken { get; init; }

    /// <summary>Text that the model reads at the end of every step, and at whose end its head is read; null leaves the completion as it is.</summary>
    public string? StepTag { get; init; }
}
