using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards.Lengths;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>The knobs of the objective, from the wire over a profile's values, and back with every value filled in.</summary>
internal static class AlgorithmMapper
{
    /// <summary>The wire's values over those of <paramref name="profile"/>, whose sampling part is already the job's own.</summary>
    public static GrpoConfig Read(Wire.GrpoAlgorithm wire, GrpoConfig profile, SpecReader reader)
    {
        GrpoConfig config = ReadNumbers(wire, profile, reader);
        return config with { TrustRegion = TrustRegionMapper.Read(wire.TrustRegion, profile.TrustRegion, config.Loss.Objective) };
    }

    public static Wire.GrpoAlgorithm Write(GrpoConfig config, GrpoProfile profile)
    {
        GrpoLossConfig loss = config.Loss;
        return new Wire.GrpoAlgorithm
        {
            Profile = ProfileNames.Of(profile),
            Steps = config.StepCount,
            PromptsPerStep = config.PromptsPerStep,
            GroupSize = config.GroupSize,
            Epochs = config.EpochCount,
            Minibatches = config.MinibatchCount,
            MicroBatchSize = config.MicroBatchSize ?? 0,
            Advantage = EnumNames.ToWire<AdvantageKind, Wire.AdvantageKind>(config.Advantage),
            AdvantageEpsilon = config.AdvantageEpsilon,
            PartialScores = EnumNames.ToWire<PartialScores, Wire.PartialScores>(config.PartialScores),
            RatioLevel = EnumNames.ToWire<RatioLevel, Wire.RatioLevel>(loss.RatioLevel),
            Objective = EnumNames.ToWire<Objective, Wire.Objective>(loss.Objective),
            ClipLow = loss.ClipLow,
            ClipHigh = loss.ClipHigh,
            RatioCap = loss.RatioCap ?? 0,
            DualClip = loss.DualClip ?? 0,
            CispoAbsoluteMax = loss.CispoAbsoluteMax ?? 0,
            Aggregation = EnumNames.ToWire<Aggregation, Wire.Aggregation>(loss.Aggregation),
            KlCoefficient = loss.KlCoefficient,
            KlEstimator = EnumNames.ToWire<KlEstimator, Wire.KlEstimator>(loss.KlEstimator),
            KlPlacement = EnumNames.ToWire<KlPlacement, Wire.KlPlacement>(loss.KlPlacement),
            ReportKl = config.ReportKl,
            AdaptiveKl = config.AdaptiveKl is { } adaptive ? new Wire.AdaptiveKl { Target = adaptive.Target, Horizon = adaptive.Horizon } : null,
            KlStop = config.KlStop ?? 0,
            ReferenceSyncSteps = config.ReferenceSyncSteps ?? 0,
            ReferenceSyncAlpha = config.ReferenceSyncAlpha,
            TrustRegion = TrustRegionMapper.Write(config.TrustRegion),
            DynamicSampling = config.DynamicSampling,
            MaxSamplingRounds = config.MaxSamplingRounds,
            MaskTruncated = config.MaskTruncated,
            SoftOverlongCache = config.SoftOverlongCache ?? 0,
            TopEntropyFraction = loss.TopEntropyFraction ?? 0,
            EntropyCoefficient = loss.EntropyCoefficient,
            SamplerCorrection = EnumNames.ToWire<SamplerCorrection, Wire.SamplerCorrection>(loss.SamplerCorrection),
            SamplerCap = loss.SamplerCap,
            ShuffleRewards = config.ShuffleRewards,
        };
    }

    private static GrpoConfig ReadNumbers(Wire.GrpoAlgorithm wire, GrpoConfig profile, SpecReader reader) => profile with
    {
        StepCount = wire.HasSteps ? wire.Steps : profile.StepCount,
        PromptsPerStep = wire.HasPromptsPerStep ? wire.PromptsPerStep : profile.PromptsPerStep,
        GroupSize = wire.HasGroupSize ? wire.GroupSize : profile.GroupSize,
        EpochCount = wire.HasEpochs ? wire.Epochs : profile.EpochCount,
        MinibatchCount = wire.HasMinibatches ? wire.Minibatches : profile.MinibatchCount,
        MicroBatchSize = SpecReader.OffAtZero(wire.HasMicroBatchSize, wire.MicroBatchSize, profile.MicroBatchSize),
        Advantage = reader.Enum(wire.HasAdvantage, wire.Advantage, profile.Advantage, "advantage"),
        AdvantageEpsilon = wire.HasAdvantageEpsilon ? wire.AdvantageEpsilon : profile.AdvantageEpsilon,
        PartialScores = reader.Enum(wire.HasPartialScores, wire.PartialScores, profile.PartialScores, "partial_scores"),
        Loss = ReadLoss(wire, profile, reader),
        ReportKl = wire.HasReportKl ? wire.ReportKl : profile.ReportKl,
        AdaptiveKl = wire.AdaptiveKl is { } adaptive ? ReadAdaptiveKl(adaptive) : profile.AdaptiveKl,
        KlStop = SpecReader.OffAtZero(wire.HasKlStop, wire.KlStop, profile.KlStop),
        ReferenceSyncSteps = SpecReader.OffAtZero(wire.HasReferenceSyncSteps, wire.ReferenceSyncSteps, profile.ReferenceSyncSteps),
        ReferenceSyncAlpha = wire.HasReferenceSyncAlpha ? wire.ReferenceSyncAlpha : profile.ReferenceSyncAlpha,
        DynamicSampling = wire.HasDynamicSampling ? wire.DynamicSampling : profile.DynamicSampling,
        MaxSamplingRounds = wire.HasMaxSamplingRounds ? wire.MaxSamplingRounds : profile.MaxSamplingRounds,
        MaskTruncated = wire.HasMaskTruncated ? wire.MaskTruncated : profile.MaskTruncated,
        SoftOverlongCache = SpecReader.OffAtZero(wire.HasSoftOverlongCache, wire.SoftOverlongCache, DefaultSoftOverlongCache(profile)),
        ShuffleRewards = wire.HasShuffleRewards ? wire.ShuffleRewards : profile.ShuffleRewards,
    };

    private static GrpoLossConfig ReadLoss(Wire.GrpoAlgorithm wire, GrpoConfig profile, SpecReader reader)
    {
        GrpoLossConfig loss = profile.Loss;
        return loss with
        {
            RatioLevel = reader.Enum(wire.HasRatioLevel, wire.RatioLevel, loss.RatioLevel, "ratio_level"),
            Objective = reader.Enum(wire.HasObjective, wire.Objective, loss.Objective, "objective"),
            Aggregation = reader.Enum(wire.HasAggregation, wire.Aggregation, loss.Aggregation, "aggregation"),
            ClipLow = wire.HasClipLow ? wire.ClipLow : loss.ClipLow,
            ClipHigh = wire.HasClipHigh ? wire.ClipHigh : loss.ClipHigh,
            RatioCap = SpecReader.OffAtZero(wire.HasRatioCap, wire.RatioCap, loss.RatioCap),
            DualClip = SpecReader.OffAtZero(wire.HasDualClip, wire.DualClip, loss.DualClip),
            CispoAbsoluteMax = SpecReader.OffAtZero(wire.HasCispoAbsoluteMax, wire.CispoAbsoluteMax, loss.CispoAbsoluteMax),
            KlCoefficient = wire.HasKlCoefficient ? wire.KlCoefficient : loss.KlCoefficient,
            KlEstimator = reader.Enum(wire.HasKlEstimator, wire.KlEstimator, loss.KlEstimator, "kl_estimator"),
            KlPlacement = reader.Enum(wire.HasKlPlacement, wire.KlPlacement, loss.KlPlacement, "kl_placement"),
            EntropyCoefficient = wire.HasEntropyCoefficient ? wire.EntropyCoefficient : loss.EntropyCoefficient,
            TopEntropyFraction = SpecReader.OffAtZero(wire.HasTopEntropyFraction, wire.TopEntropyFraction, loss.TopEntropyFraction),
            SamplerCorrection = reader.Enum(wire.HasSamplerCorrection, wire.SamplerCorrection, loss.SamplerCorrection, "sampler_correction"),
            SamplerCap = wire.HasSamplerCap ? wire.SamplerCap : loss.SamplerCap,
            MaxCompletionLength = profile.Sampling.MaxCompletionLength,
        };
    }

    private static AdaptiveKlConfig ReadAdaptiveKl(Wire.AdaptiveKl wire)
    {
        var defaults = new AdaptiveKlConfig();
        return new AdaptiveKlConfig
        {
            Target = wire.HasTarget ? wire.Target : defaults.Target,
            Horizon = wire.HasHorizon ? wire.Horizon : defaults.Horizon,
        };
    }

    /// <summary>A profile that has the penalty on scales it with the job's own completion limit.</summary>
    private static int? DefaultSoftOverlongCache(GrpoConfig profile) =>
        profile.SoftOverlongCache is null ? null : SoftOverlongPenalty.DefaultCache(profile.Sampling.MaxCompletionLength);
}
