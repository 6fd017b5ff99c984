using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;

namespace AlignService.Training.Tests.Trainers;

/// <summary>Runs that turn on several things at once, some of whose completions get no score.</summary>
internal static class Combinations
{
    private static readonly TinyRun Tiny = new()
    {
        Rewards =
        [
            ("letters", 1, request => IsUnscored(request, 5) ? double.NaN : TinyRun.LowerCaseLetters(request)),
            ("digits", 0.5, request => IsUnscored(request, 3) ? double.NaN : request.Completion.Count(char.IsAsciiDigit)),
            ("length", 0, request => request.TokenCount),
        ],
    };

    private static readonly GrpoConfig Config = Tiny.Config with { StepCount = 4, PromptsPerStep = 3, GroupSize = 4, EpochCount = 2, MinibatchCount = 2 };

    public static IReadOnlyDictionary<string, TinyRun> All { get; } = new Dictionary<string, TinyRun>
    {
        ["critic_dynamic_masked"] = Of(Critic(new()) with { GroupSize = 3, PromptsPerStep = 4, DynamicSampling = true, MaskTruncated = true }),
        ["critic_adapter_adaptive"] = Of(Critic(new()) with { Adapter = new() { Form = new() { Rank = 4, Dropout = 0.1 } }, AdaptiveKl = new() { Target = 0.01, Horizon = 50 } }),
        ["critic_apart_scheduled"] = Of(Critic(new() { LearningRate = 0.02, WarmupSteps = 1 }) with { Optimizer = new() { LearningRate = 0.01, WarmupSteps = 3, Schedule = LearningRateSchedule.Linear } }),
        ["process_dynamic_masked"] = Of(Config with { Advantage = AdvantageKind.Process, DynamicSampling = true, MaskTruncated = true, SoftOverlongCache = 3 }) with { Segments = Segments },
        ["rloo_adapter_adaptive"] = Of(Config with
        {
            Advantage = AdvantageKind.LeaveOneOut,
            Loss = GrpoProfiles.Create(GrpoProfile.Rloo).Loss,
            Adapter = new() { Form = new() { Rank = 4 } },
            AdaptiveKl = new() { Target = 0.01, Horizon = 50 },
        }),
        ["top_entropy_bonus_cool"] = Of(Config with
        {
            Sampling = Config.Sampling with { Temperature = 0.7 },
            Loss = new() { Aggregation = Aggregation.TokenMean, TopEntropyFraction = 0.3, EntropyCoefficient = 0.01, SamplerCorrection = SamplerCorrection.Truncate },
            MaskTruncated = true,
        }),
        ["sequence_ratio_masked"] = Of(Config with { Loss = new() { RatioLevel = RatioLevel.Sequence, KlEstimator = KlEstimator.K3Ratio, SamplerCorrection = SamplerCorrection.SequenceMask }, MaskTruncated = true, DynamicSampling = true }),
        ["cispo_batch_std"] = Of(Config with { Advantage = AdvantageKind.BatchStd, Loss = new() { Objective = Objective.Cispo, CispoAbsoluteMax = 1.1, Aggregation = Aggregation.TokenSum }, PartialScores = PartialScores.ExcludeRow }),
        ["trust_region_adapter_masked"] = Of(Config with
        {
            EpochCount = 1,
            MinibatchCount = 1,
            Adapter = new() { Form = new() { Rank = 2, Dropout = 0.2 } },
            TrustRegion = new(),
            Sampling = Config.Sampling with { Temperature = 0.7 },
            Loss = new() { Objective = Objective.NaturalGradient, Aggregation = Aggregation.TokenMean, EntropyCoefficient = 0.01 },
            MaskTruncated = true,
            AdaptiveKl = new() { Target = 0.01, Horizon = 50 },
        }),
        ["capped_dual_adapter_refresh"] = Of(Config with
        {
            Loss = new() { RatioCap = 1.5, DualClip = 3, Aggregation = Aggregation.SequenceMean, KlEstimator = KlEstimator.K2, TopEntropyFraction = 0.5 },
            Adapter = new() { Form = new() { Rank = 2, ModulesToSave = ["model.norm"] } },
            ReferenceSyncSteps = 2,
            ReferenceSyncAlpha = 1,
            KlStop = 1e-4,
            MaskTruncated = true,
            SoftOverlongCache = 2,
        }),
        ["normalize_constant_refresh"] = Of(Config with { Advantage = AdvantageKind.NormalizeThenSum, Loss = new() { Aggregation = Aggregation.Constant, KlEstimator = KlEstimator.K3Straight }, ReferenceSyncSteps = 1, MaskTruncated = true }),
    };

    private static TinyRun Of(GrpoConfig config) => Tiny with { Config = config };

    private static GrpoConfig Critic(CriticConfig critic) => Tiny.WithCritic(critic).Config with { StepCount = 4 };

    /// <summary>A step a token; some of them without a score.</summary>
    private static IReadOnlyList<SegmentScore> Segments(ScoringRequest request) =>
        [.. request.TokenIds.Select((id, end) => new SegmentScore(end, id % 7 == 0 ? double.NaN : id % 5))];

    private static bool IsUnscored(ScoringRequest request, int every) => request.TokenIds.Sum() % every == 0;
}
