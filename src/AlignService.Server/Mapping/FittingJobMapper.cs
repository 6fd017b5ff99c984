using AlignService.Specs.JobKinds;
using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Jobs on fixed examples, both ways: supervised, preference and reward-model training.</summary>
internal static class FittingJobMapper
{
    /// <summary>Learning rates of all weights and of an adapter, which learns at a higher one.</summary>
    private static readonly (double Full, double Adapter) Rates = (1e-5, 1e-4);

    /// <summary>A preference job moves a finished policy, and little of it.</summary>
    private static readonly (double Full, double Adapter) PreferenceRates = (1e-6, OptimizerConfig.AdapterLearningRate);

    public static SupervisedJob Read(Wire.SupervisedJob wire, ulong seed, SpecReader reader) => new()
    {
        Model = reader.AbsolutePath(wire.Model),
        Examples = ExampleSourceMapper.Read(wire.Examples ?? new Wire.ExampleSource(), reader),
        EvaluationExamples = wire.EvaluationExamples is null ? null : ExampleSourceMapper.Read(wire.EvaluationExamples, reader),
        Config = ReadConfig(Defaults(seed, Rates, wire.Adapter, reader), wire.Training, wire.Optimizer, wire.Memory, reader),
        Evaluation = EvaluationMapper.Read(wire.Evaluation ?? new Wire.EvaluationSettings()),
        Checkpoint = SettingsMapper.ReadCheckpoint(wire.Checkpoint ?? new Wire.CheckpointSettings(), reader.At("checkpoint")),
    };

    public static Wire.SupervisedJob Write(SupervisedJob job) => new()
    {
        Model = job.Model,
        Examples = ExampleSourceMapper.Write(job.Examples),
        EvaluationExamples = job.EvaluationExamples is { } heldOut ? ExampleSourceMapper.Write(heldOut) : null,
        Training = FittingMapper.Write(job.Config),
        Optimizer = SettingsMapper.WriteOptimizer(job.Config.Optimizer),
        Evaluation = EvaluationMapper.Write(job.Evaluation),
        Checkpoint = SettingsMapper.WriteCheckpoint(job.Checkpoint),
        Adapter = AdapterMapper.Write(job.Config.Adapter),
        Memory = MemoryMapper.Write(job.Config.Memory),
    };

    public static PreferenceJob Read(Wire.PreferenceJob wire, ulong seed, SpecReader reader)
    {
        PreferenceConfig preference = new();
        return new PreferenceJob
        {
            Model = reader.AbsolutePath(wire.Model),
            ReferenceModel = wire.ReferenceModel.Length == 0 ? null : reader.AbsolutePath(wire.ReferenceModel),
            Preferences = PreferenceSourceMapper.Read(wire.Preferences ?? new Wire.PreferenceSource(), reader),
            EvaluationPreferences = wire.EvaluationPreferences is null ? null : PreferenceSourceMapper.Read(wire.EvaluationPreferences, reader),
            Config = ReadConfig(Defaults(seed, PreferenceRates, wire.Adapter, reader), wire.Training, wire.Optimizer, wire.Memory, reader),
            Preference = new PreferenceConfig
            {
                Beta = wire.HasBeta ? wire.Beta : preference.Beta,
                LabelSmoothing = wire.HasLabelSmoothing ? wire.LabelSmoothing : preference.LabelSmoothing,
            },
            Evaluation = EvaluationMapper.Read(wire.Evaluation ?? new Wire.EvaluationSettings()),
            Checkpoint = SettingsMapper.ReadCheckpoint(wire.Checkpoint ?? new Wire.CheckpointSettings(), reader.At("checkpoint")),
        };
    }

    public static Wire.PreferenceJob Write(PreferenceJob job) => new()
    {
        Model = job.Model,
        ReferenceModel = job.ReferenceModel ?? "",
        Preferences = PreferenceSourceMapper.Write(job.Preferences),
        EvaluationPreferences = job.EvaluationPreferences is { } heldOut ? PreferenceSourceMapper.Write(heldOut) : null,
        Training = FittingMapper.Write(job.Config),
        Optimizer = SettingsMapper.WriteOptimizer(job.Config.Optimizer),
        Evaluation = EvaluationMapper.Write(job.Evaluation),
        Checkpoint = SettingsMapper.WriteCheckpoint(job.Checkpoint),
        Adapter = AdapterMapper.Write(job.Config.Adapter),
        Memory = MemoryMapper.Write(job.Config.Memory),
        Beta = job.Preference.Beta,
        LabelSmoothing = job.Preference.LabelSmoothing,
    };

    public static RewardModelJob Read(Wire.RewardModelJob wire, ulong seed, SpecReader reader) => new()
    {
        Model = reader.AbsolutePath(wire.Model),
        Preferences = PreferenceSourceMapper.Read(wire.Preferences ?? new Wire.PreferenceSource(), reader),
        EvaluationPreferences = wire.EvaluationPreferences is null ? null : PreferenceSourceMapper.Read(wire.EvaluationPreferences, reader),
        Config = ReadConfig(Defaults(seed, Rates, adapter: null, reader), wire.Training, wire.Optimizer, wire.Memory, reader),
        Evaluation = EvaluationMapper.Read(wire.Evaluation ?? new Wire.EvaluationSettings()),
        Checkpoint = SettingsMapper.ReadCheckpoint(wire.Checkpoint ?? new Wire.CheckpointSettings(), reader.At("checkpoint")),
    };

    public static Wire.RewardModelJob Write(RewardModelJob job) => new()
    {
        Model = job.Model,
        Preferences = PreferenceSourceMapper.Write(job.Preferences),
        EvaluationPreferences = job.EvaluationPreferences is { } heldOut ? PreferenceSourceMapper.Write(heldOut) : null,
        Training = FittingMapper.Write(job.Config),
        Optimizer = SettingsMapper.WriteOptimizer(job.Config.Optimizer),
        Evaluation = EvaluationMapper.Write(job.Evaluation),
        Checkpoint = SettingsMapper.WriteCheckpoint(job.Checkpoint),
        Memory = MemoryMapper.Write(job.Config.Memory),
    };

    private static FittingConfig Defaults(ulong seed, (double Full, double Adapter) rates, Wire.AdapterSettings? adapter, SpecReader reader) => new()
    {
        Adapter = AdapterMapper.Read(adapter, reader.At("adapter")),
        Optimizer = new OptimizerConfig { LearningRate = adapter is null ? rates.Full : rates.Adapter },
        Seed = seed,
    };

    private static FittingConfig ReadConfig(
        FittingConfig defaults, Wire.TrainingSettings? training, Wire.OptimizerSettings? optimizer, Wire.MemorySettings? memory, SpecReader reader) =>
        FittingMapper.Read(training, defaults, reader.At("training")) with
        {
            Optimizer = SettingsMapper.ReadOptimizer(optimizer ?? new Wire.OptimizerSettings(), defaults.Optimizer, reader.At("optimizer")),
            Memory = MemoryMapper.Read(memory ?? new Wire.MemorySettings(), reader.At("memory")),
        };
}
