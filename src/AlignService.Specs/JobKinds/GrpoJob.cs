using AlignService.Specs.Binding;
using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Group-relative policy optimization of a policy against rewards.</summary>
public sealed record GrpoJob : JobKind, IHasProfile
{
    /// <summary>The policy's start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true, Aliases = "model_name_or_path pretrain model_path policy")]
    public required string Model { get; init; }

    /// <summary>The frozen model of the KL term; null is the policy's start.</summary>
    [Setting(IsPath = true, Needs = Need.Reference, Aliases = "ref_model ref_model_path")]
    public string? ReferenceModel { get; init; }

    [Settings("prompts", Aliases = "data dataset train_dataset")]
    public required PromptSourceConfig Prompts { get; init; }

    /// <summary>Held-out prompts; null is no evaluation.</summary>
    [Settings("evaluation_prompts", Aliases = "eval_dataset eval_prompts val_files")]
    public PromptSourceConfig? EvaluationPrompts { get; init; }

    [Setting(Aliases = "reward_funcs reward_functions reward")]
    public required IReadOnlyList<RewardConfig> Rewards { get; init; }

    /// <summary>The profile that <see cref="Config"/> started from; Config holds the effective values.</summary>
    [Setting("algorithm/profile", Aliases = "loss_type preset")]
    public GrpoProfile Profile { get; init; } = GrpoProfile.Grpo;

    [Settings("algorithm", Aliases = "grpo_config training")]
    public required GrpoConfig Config { get; init; }

    [Settings("rollouts")]
    public RolloutRetention Rollouts { get; init; } = new();

    public override GuardianConfig Guardian => Config.Guardian;

    public override JobKind WithModels(Func<string, string> rename) => this with
    {
        Model = rename(Model),
        ReferenceModel = ReferenceModel is null ? null : rename(ReferenceModel),
        Rewards = [.. Rewards.Select(reward => reward.WithModel(rename))],
        Config = Config with
        {
            Adapter = Config.Adapter?.WithDirectory(rename),
            Critic = Config.Critic is { Model: { } critic } ? Config.Critic with { Model = rename(critic) } : Config.Critic,
        },
    };

    /// <summary>The job after this many rollbacks: with lower learning rates, or a smaller trust region.</summary>
    public GrpoJob AfterRollbacks(int count)
    {
        double factor = Math.Pow(Guardian.RollbackLearningRateFactor, count);
        return count == 0 ? this : this with
        {
            Config = Config with
            {
                Optimizer = Config.Optimizer with { LearningRate = Config.Optimizer.LearningRate * factor },
                TrustRegion = Config.TrustRegion is { } region ? region with { MaxKl = region.MaxKl * factor } : null,
                Critic = Config.Critic is null ? null : Config.Critic with { LearningRate = Config.Critic.LearningRate * factor },
            },
        };
    }

    object IHasProfile.WithProfile() => FromProfile();

    /// <inheritdoc/>
    internal override JobKind Settle(Func<string, bool> isGiven)
    {
        GrpoConfig profile = GrpoProfiles.Create(Profile);
        return this with
        {
            Config = Config with
            {
                // Where the advantage needs a critic there is one; where it does not, only what was asked for, so a rule can say so. Likewise the trust region.
                Critic = isGiven("critic") ? Config.Critic : Config.Advantage == AdvantageKind.Critic ? profile.Critic ?? new CriticConfig() : null,
                TrustRegion = isGiven("algorithm/trust_region") ? Config.TrustRegion : Config.Loss.Objective == Objective.NaturalGradient ? profile.TrustRegion ?? new TrustRegionConfig() : null,
                Optimizer = Config.Adapter is null || isGiven("optimizer/learning_rate") ? Config.Optimizer : Config.Optimizer with { LearningRate = OptimizerConfig.AdapterLearningRate },
                // A profile that has the penalty on scales it with the job's own completion limit.
                SoftOverlongCache = isGiven("algorithm/soft_overlong_cache") || profile.SoftOverlongCache is null ? Config.SoftOverlongCache : SoftOverlongPenalty.DefaultCache(Config.Sampling.MaxCompletionLength),
                Loss = Config.Loss with { MaxCompletionLength = Config.Sampling.MaxCompletionLength },
            },
        };
    }

    internal override JobKind WithSeed(ulong seed) => this with { Config = Config with { Seed = seed } };

    internal override JobKind Usual()
    {
        GrpoJob usual = FromProfile();
        return (usual with { Config = usual.Config with { Adapter = Config.Adapter, Sampling = usual.Config.Sampling } }).Settle(_ => false);
    }

    private GrpoJob FromProfile() => new() { Model = "", Prompts = new(), Rewards = [], Profile = Profile, Config = GrpoProfiles.Create(Profile) };
}
