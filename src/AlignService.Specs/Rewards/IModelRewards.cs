using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>Loads rewards that are transformers. What scores without a model needs no libtorch, so these come from outside.</summary>
public interface IModelRewards
{
    /// <exception cref="AlignException">The model cannot be used.</exception>
    IReward Load(RewardModelConfig config);

    /// <inheritdoc cref="Load(RewardModelConfig)"/>
    IReward Load(ProcessRewardModelConfig config);
}
