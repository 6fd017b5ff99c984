using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Specs.Profiles;

/// <summary>The table of named profiles (algorithms.md, section 9). What a row does not set has the record's default.</summary>
public static class GrpoProfiles
{
    /// <summary>A full set of values.</summary>
    public static GrpoConfig Create(GrpoProfile profile) => profile switch
    {
        GrpoProfile.Grpo => new GrpoConfig(),
        GrpoProfile.Trl => new GrpoConfig
        {
            Loss = WithoutKl(Aggregation.TokenMean) with
            {
                KlEstimator = KlEstimator.K3Ratio,
                SamplerCorrection = SamplerCorrection.SequenceMask,
                SamplerCap = 3,
            },
            Optimizer = new OptimizerConfig { Schedule = LearningRateSchedule.Linear },
        },
        GrpoProfile.Dapo => new GrpoConfig
        {
            GroupSize = 16,
            MinibatchCount = 16,
            Loss = WithoutKl(Aggregation.TokenMean) with { ClipHigh = 0.28 },
            DynamicSampling = true,
            SoftOverlongCache = SoftOverlongPenalty.DefaultCache(new GrpoConfig().Sampling.MaxCompletionLength),
        },
        GrpoProfile.DrGrpo => new GrpoConfig { Advantage = AdvantageKind.MeanCentered, Loss = WithoutKl(Aggregation.Constant) },
        GrpoProfile.Gspo => new GrpoConfig
        {
            GroupSize = 16,
            MinibatchCount = 4,
            Loss = WithoutKl(Aggregation.SequenceMean) with { RatioLevel = RatioLevel.Sequence, ClipLow = 3e-4, ClipHigh = 4e-4 },
        },
        GrpoProfile.Cispo => new GrpoConfig
        {
            GroupSize = 16,
            MinibatchCount = 16,
            Loss = WithoutKl(Aggregation.TokenMean) with { Objective = Objective.Cispo, CispoAbsoluteMax = 5 },
        },
        GrpoProfile.Rloo => new GrpoConfig { GroupSize = 4, Advantage = AdvantageKind.LeaveOneOut, Loss = KlInReward(Aggregation.TokenSum) },
        GrpoProfile.Ppo => new GrpoConfig
        {
            GroupSize = 1,
            EpochCount = 4,
            Advantage = AdvantageKind.Critic,
            Critic = new CriticConfig(),
            Loss = KlInReward(Aggregation.TokenMean),
        },
        GrpoProfile.TrustRegion => new GrpoConfig
        {
            GroupSize = 16,
            TrustRegion = new TrustRegionConfig(),
            Loss = WithoutKl(Aggregation.TokenMean) with { Objective = Objective.NaturalGradient },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Not a profile."),
    };

    private static GrpoLossConfig KlInReward(Aggregation aggregation) =>
        new() { Aggregation = aggregation, KlCoefficient = 0.05, KlEstimator = KlEstimator.K1, KlPlacement = KlPlacement.Reward };

    private static GrpoLossConfig WithoutKl(Aggregation aggregation) => new() { Aggregation = aggregation, KlCoefficient = 0 };
}

/// <summary>A named full set of values, which a job overrides field by field (algorithms.md, section 9).</summary>
public enum GrpoProfile
{
    /// <summary>DeepSeekMath, arXiv:2402.03300.</summary>
    Grpo,

    /// <summary>The defaults of TRL 1.16.</summary>
    Trl,

    /// <summary>arXiv:2503.14476.</summary>
    Dapo,

    /// <summary>arXiv:2503.20783.</summary>
    DrGrpo,

    /// <summary>arXiv:2507.18071.</summary>
    Gspo,

    /// <summary>arXiv:2506.13585.</summary>
    Cispo,

    /// <summary>arXiv:2402.14740.</summary>
    Rloo,

    /// <summary>With a critic; arXiv:1707.06347.</summary>
    Ppo,

    /// <summary>A natural gradient under a KL bound; arXiv:1502.05477.</summary>
    TrustRegion,
}
