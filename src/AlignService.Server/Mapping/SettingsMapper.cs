using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Sampling, optimiser and checkpoint settings, both ways.</summary>
internal static class SettingsMapper
{
    public static GrpoConfig ReadSampling(Wire.SamplingSettings wire, GrpoConfig profile, SpecReader reader) => profile with
    {
        Sampling = profile.Sampling with
        {
            Temperature = wire.HasTemperature ? wire.Temperature : profile.Sampling.Temperature,
            TopK = wire.HasTopK ? wire.TopK : profile.Sampling.TopK,
            TopP = wire.HasTopP ? wire.TopP : profile.Sampling.TopP,
            MinP = wire.HasMinP ? wire.MinP : profile.Sampling.MinP,
            RepetitionPenalty = wire.HasRepetitionPenalty ? wire.RepetitionPenalty : profile.Sampling.RepetitionPenalty,
            MaxCompletionLength = wire.HasMaxCompletionLength ? wire.MaxCompletionLength : profile.Sampling.MaxCompletionLength,
            StopStrings = [.. wire.StopStrings],
        },
        MaxPromptLength = SpecReader.OffAtZero(wire.HasMaxPromptLength, wire.MaxPromptLength, profile.MaxPromptLength),
        OverlongPrompts = reader.Enum(wire.HasOverlongPrompts, wire.OverlongPrompts, profile.OverlongPrompts, "overlong_prompts"),
        AllowTruncatedSampling = wire.HasAllowTruncatedSampling ? wire.AllowTruncatedSampling : profile.AllowTruncatedSampling,
    };

    public static Wire.SamplingSettings WriteSampling(GrpoConfig config) => new()
    {
        Temperature = config.Sampling.Temperature,
        TopK = config.Sampling.TopK,
        TopP = config.Sampling.TopP,
        MinP = config.Sampling.MinP,
        RepetitionPenalty = config.Sampling.RepetitionPenalty,
        MaxCompletionLength = config.Sampling.MaxCompletionLength,
        MaxPromptLength = config.MaxPromptLength ?? 0,
        OverlongPrompts = EnumNames.ToWire<OverlongPrompts, Wire.OverlongPrompts>(config.OverlongPrompts),
        StopStrings = { config.Sampling.StopStrings },
        AllowTruncatedSampling = config.AllowTruncatedSampling,
    };

    public static OptimizerConfig ReadOptimizer(Wire.OptimizerSettings wire, OptimizerConfig profile, SpecReader reader) => profile with
    {
        LearningRate = wire.HasLearningRate ? wire.LearningRate : profile.LearningRate,
        Schedule = reader.Enum(wire.HasSchedule, wire.Schedule, profile.Schedule, "schedule"),
        WarmupSteps = wire.HasWarmupSteps ? wire.WarmupSteps : profile.WarmupSteps,
        Beta1 = wire.HasBeta1 ? wire.Beta1 : profile.Beta1,
        Beta2 = wire.HasBeta2 ? wire.Beta2 : profile.Beta2,
        Epsilon = wire.HasEpsilon ? wire.Epsilon : profile.Epsilon,
        WeightDecay = wire.HasWeightDecay ? wire.WeightDecay : profile.WeightDecay,
        MaxGradNorm = wire.HasMaxGradNorm ? wire.MaxGradNorm : profile.MaxGradNorm,
    };

    public static Wire.OptimizerSettings WriteOptimizer(OptimizerConfig config) => new()
    {
        LearningRate = config.LearningRate,
        Schedule = EnumNames.ToWire<LearningRateSchedule, Wire.LearningRateSchedule>(config.Schedule),
        WarmupSteps = config.WarmupSteps,
        Beta1 = config.Beta1,
        Beta2 = config.Beta2,
        Epsilon = config.Epsilon,
        WeightDecay = config.WeightDecay,
        MaxGradNorm = config.MaxGradNorm,
    };

    public static CheckpointPolicy ReadCheckpoint(Wire.CheckpointSettings wire, SpecReader reader)
    {
        var defaults = new CheckpointPolicy();
        return new CheckpointPolicy
        {
            EverySteps = wire.HasEverySteps ? wire.EverySteps : defaults.EverySteps,
            Keep = wire.HasKeep ? wire.Keep : defaults.Keep,
            SaveBest = wire.HasSaveBest ? wire.SaveBest : defaults.SaveBest,
            SaveDtype = reader.Enum(wire.HasSaveDtype, wire.SaveDtype, defaults.SaveDtype, "save_dtype"),
        };
    }

    public static Wire.CheckpointSettings WriteCheckpoint(CheckpointPolicy policy) => new()
    {
        EverySteps = policy.EverySteps,
        Keep = policy.Keep,
        SaveBest = policy.SaveBest,
        SaveDtype = EnumNames.ToWire<SaveDtype, Wire.SaveDtype>(policy.SaveDtype),
    };
}
