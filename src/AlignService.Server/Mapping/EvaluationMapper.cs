using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Evaluation settings, both ways.</summary>
internal static class EvaluationMapper
{
    public static EvaluationConfig Read(Wire.EvaluationSettings wire)
    {
        var defaults = new EvaluationConfig();
        return new EvaluationConfig
        {
            EverySteps = wire.HasEverySteps ? wire.EverySteps : defaults.EverySteps,
            SamplesPerPrompt = wire.HasSamplesPerPrompt ? wire.SamplesPerPrompt : defaults.SamplesPerPrompt,
            Temperature = wire.HasTemperature ? wire.Temperature : defaults.Temperature,
            PassAt = [.. wire.PassAt],
            SuccessSource = wire.SuccessSource.Length == 0 ? null : wire.SuccessSource,
            SuccessThreshold = wire.HasSuccessThreshold ? wire.SuccessThreshold : defaults.SuccessThreshold,
            StopPatience = SpecReader.OffAtZero(wire.HasStopPatience, wire.StopPatience, defaults.StopPatience),
            StopMinImprovement = wire.HasStopMinImprovement ? wire.StopMinImprovement : defaults.StopMinImprovement,
            StopAtScore = wire.HasStopAtScore ? wire.StopAtScore : defaults.StopAtScore,
        };
    }

    public static Wire.EvaluationSettings Write(EvaluationConfig config)
    {
        var wire = new Wire.EvaluationSettings
        {
            EverySteps = config.EverySteps,
            SamplesPerPrompt = config.SamplesPerPrompt,
            Temperature = config.Temperature,
            PassAt = { config.PassAt },
            SuccessSource = config.SuccessSource ?? "",
            SuccessThreshold = config.SuccessThreshold,
            StopPatience = config.StopPatience ?? 0,
            StopMinImprovement = config.StopMinImprovement,
        };
        if (config.StopAtScore is { } score)
        {
            // 0 is a score as any other, so "off" has no number.
            wire.StopAtScore = score;
        }

        return wire;
    }
}
