using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>Loads rewards that are transformers. Scoring without a model does not need libtorch, so these are injected.</summary>
public interface IModelRewards
{
    /// <exception cref="AlignException">The model cannot be used.</exception>
    IReward Load(RewardModelConfig config);

    /// <inheritdoc cref="Load(RewardModelConfig)"/>
    IReward Load(ProcessRewardModelConfig config);
}
