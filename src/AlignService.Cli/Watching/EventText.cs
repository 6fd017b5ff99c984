using System.Globalization;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Events as lines of text.</summary>
internal static class EventText
{
    /// <summary>A line for every event but samples; null where there is nothing to say.</summary>
    public static string? Line(JobEvent happened, int totalSteps) =>
        happened.KindCase == JobEvent.KindOneofCase.Metrics ? Metrics(happened.Step, totalSteps, happened.Metrics) : Notice(happened);

    /// <summary>A line for what a person should notice beside the numbers.</summary>
    public static string? Notice(JobEvent happened) => happened.KindCase switch
    {
        JobEvent.KindOneofCase.StateChanged => Sentence($"{Names.State(happened.StateChanged.To)}", happened.StateChanged.Reason),
        JobEvent.KindOneofCase.Log => $"{Severity(happened.Log.Severity)}{happened.Log.Text}",
        JobEvent.KindOneofCase.Checkpoint => $"checkpoint of step {happened.Checkpoint.Checkpoint.Step}: {happened.Checkpoint.Checkpoint.Directory}",
        JobEvent.KindOneofCase.Resumed => Sentence($"attempt {happened.Resumed.Attempt} goes on from step {happened.Resumed.FromStep}", happened.Resumed.Reason),
        JobEvent.KindOneofCase.Divergence =>
            $"warning: step {happened.Step} ran again and {happened.Divergence.Metric} is {Number(happened.Divergence.Again)}, the first time {Number(happened.Divergence.First)}",
        JobEvent.KindOneofCase.Guardian => Guardian(happened.Guardian),
        _ => null,
    };

    public static string Score((double Mean, double? StandardError) score) =>
        score.StandardError is { } error ? $"{Number(score.Mean)} ± {Number(error)}" : Number(score.Mean);

    /// <summary>Four significant digits, without an exponent where that stays short.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            < 1e-4 or >= 1e6 => "0.00e+0",
            < 1 => "0.0000",
            < 100 => "0.00",
            _ => "0.#",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string? Metrics(int step, int totalSteps, MetricPoints points)
    {
        if (Evaluation.From(step, points.Values) is { } evaluation)
        {
            return $"held-out, step {step}: {string.Join("  ", evaluation.Scores.OrderBy(pair => pair.Key != "reward").ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {Score(pair.Value)}"))}";
        }

        if (!MetricNames.AreOfStep(points.Values))
        {
            return null;
        }

        string total = totalSteps > 0 ? $"/{totalSteps}" : "";
        string numbers = points.Values.ContainsKey(MetricNames.Reward)
            ? $"{Value("reward", MetricNames.Reward)}{Value("kl", MetricNames.Kl)}{Value("length", MetricNames.Length)}"
            : $"{Value("loss", MetricNames.Loss)}{Value("loss", MetricNames.RewardModelLoss)}{Value("accuracy", "preference/accuracy")}{Value("accuracy", "reward_model/accuracy")}";
        return $"step {step}{total}:{numbers}{Value("seconds", MetricNames.StepTime)}";

        string Value(string label, string name) => points.Values.TryGetValue(name, out double value) ? $"  {label} {Number(value)}" : "";
    }

    private static string Guardian(GuardianFinding finding)
    {
        string back = finding.HasRolledBackTo ? $" Going back to step {finding.RolledBackTo}, with {Number(finding.LearningRateFactor)} times the learning rate." : "";
        return $"guardian, {finding.Rule}: {finding.Seen}{back} {finding.Meaning} {finding.Remedy}";
    }

    private static string Sentence(string what, string why) => why.Length > 0 ? $"{what}: {why}" : what;

    private static string Severity(LogMessage.Types.Severity severity) => severity switch
    {
        LogMessage.Types.Severity.Warning => "warning: ",
        LogMessage.Types.Severity.Error => "error: ",
        _ => "",
    };
}
