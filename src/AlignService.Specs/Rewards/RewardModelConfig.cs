using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>A transformer with a scalar head, read from a Hugging Face directory.</summary>
public sealed record RewardModelConfig : RewardConfig
{
    /// <summary>A directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true)]
    public required string Model { get; init; }

    internal override string? ModelDirectory => Model;

    internal override RewardConfig WithModel(Func<string, string> rename) => this with { Model = rename(Model) };

    internal override IReward Create(RewardSetup setup) => setup.Models.Load(this);
}
