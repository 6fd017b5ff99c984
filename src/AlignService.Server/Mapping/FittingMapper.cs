using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>How fixed examples are trained on, both ways; of every kind of job that does.</summary>
internal static class FittingMapper
{
    public static FittingConfig Read(Wire.TrainingSettings? given, FittingConfig defaults, SpecReader reader)
    {
        Wire.TrainingSettings wire = given ?? new Wire.TrainingSettings();
        return defaults with
        {
            EpochCount = wire.HasEpochs ? wire.Epochs : defaults.EpochCount,
            StepCount = SpecReader.OffAtZero(wire.HasSteps, wire.Steps, defaults.StepCount),
            BatchSize = wire.HasBatchSize ? wire.BatchSize : defaults.BatchSize,
            MicroBatchSize = SpecReader.OffAtZero(wire.HasMicroBatchSize, wire.MicroBatchSize, defaults.MicroBatchSize),
            GroupByLength = wire.HasGroupByLength ? wire.GroupByLength : defaults.GroupByLength,
            MaxLength = SpecReader.OffAtZero(wire.HasMaxLength, wire.MaxLength, defaults.MaxLength),
            OverlongExamples = reader.Enum(wire.HasOverlongExamples, wire.OverlongExamples, defaults.OverlongExamples, "overlong_examples"),
        };
    }

    public static Wire.TrainingSettings Write(FittingConfig config) => new()
    {
        Epochs = config.EpochCount,
        Steps = config.StepCount ?? 0,
        BatchSize = config.BatchSize,
        MicroBatchSize = config.MicroBatchSize ?? 0,
        GroupByLength = config.GroupByLength,
        MaxLength = config.MaxLength ?? 0,
        OverlongExamples = EnumNames.ToWire<OverlongPrompts, Wire.OverlongPrompts>(config.OverlongExamples),
    };
}
