using AlignService.Cli.Output;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Cli.Sampling;

/// <summary>Checks the ranges of the sampling options, and reports every fault at once.</summary>
internal static class SamplingRanges
{
    public static void Check(SamplingConfig config, int? maxTokens)
    {
        (string Option, double Value, bool IsInRange, string Range)[] checks =
        [
            ("--temperature", config.Temperature, config.Temperature is >= 0 and <= 2, "in [0, 2] (0 is greedy)"),
            ("--top-k", config.TopK, config.TopK >= 0, "at least 0 (0 is off)"),
            ("--top-p", config.TopP, config.TopP is > 0 and <= 1, "in (0, 1] (1 is off)"),
            ("--min-p", config.MinP, config.MinP is >= 0 and < 1, "in [0, 1) (0 is off)"),
            ("--repetition-penalty", config.RepetitionPenalty, config.RepetitionPenalty > 0 && double.IsFinite(config.RepetitionPenalty), "above 0 (1 is off)"),
            ("--max-tokens", maxTokens ?? 1, maxTokens is null or >= 1, "at least 1"),
        ];
        var faults = checks.Where(check => !check.IsInRange).Select(check => new Fault("", FormattableString.Invariant($"{check.Option} is {check.Value}; it must be {check.Range}."))).ToList();
        if (faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, "The sampling options are out of range.", faults);
        }
    }
}
