using AlignService.Specs.JobKinds;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the settings of jobs on fixed examples that show in the spec alone.</summary>
internal static class FittingRules
{
    private const double UsualBeta = 1;
    private const int MaxBatchSize = 1_000_000;

    /// <param name="job">Its evaluation and checkpoint settings.</param>
    /// <param name="config">Its numbers.</param>
    /// <param name="heldOut">The field of held-out data that is not set; null where it is.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the job.</param>
    public static void Check(JobKind job, FittingConfig config, string? heldOut, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, $"{path}.training");
        range.AtLeast("epochs", config.EpochCount, 1);
        range.AtLeast("steps", config.StepCount, 1);
        range.Within("batch_size", config.BatchSize, 1, MaxBatchSize);
        range.AtLeast("micro_batch_size", config.MicroBatchSize, 1);
        range.AtLeast("max_length", config.MaxLength, 2, "a prompt and an answer have a token each");
        SettingsRules.CheckOptimizer(config.Optimizer, faults, $"{path}.optimizer");
        SettingsRules.CheckCheckpoint(job.Checkpoint, faults, $"{path}.checkpoint");
        if (config.Adapter is { } adapter)
        {
            AdapterRules.Check(adapter, job.Checkpoint, faults, path);
        }

        if (config is { StepCount: not null, EpochCount: not 1 })
        {
            range.Warn("epochs", $"it has no effect: steps is {config.StepCount}, whatever the number of epochs that takes.");
        }

        EvaluationRules.WarnOfLostBest(job, faults, path);
        CheckEvaluation(job.Evaluation, heldOut, new RangeCheck(faults, $"{path}.evaluation"));
    }

    public static void Check(PreferenceConfig config, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        range.Positive("beta", config.Beta);
        if (!(config.LabelSmoothing is >= 0 and < 0.5))
        {
            range.Add("label_smoothing", $"it is {config.LabelSmoothing}; from 0.5 on the labels would say nothing or the opposite, so it must lie in [0, 0.5).");
        }

        if (config.Beta > UsualBeta)
        {
            range.Warn("beta", $"{config.Beta} is unusual; 0.01 to 0.5 are common, and a large one keeps the policy where it is.");
        }
    }

    private static void CheckEvaluation(EvaluationConfig evaluation, string? heldOut, RangeCheck range)
    {
        EvaluationRules.CheckNumbers(evaluation, range);
        if (evaluation.StopAtScore > 0)
        {
            range.Add("stop_at_score", $"it is {evaluation.StopAtScore}; the score of this kind of job is minus the held-out loss and never above 0, so the job would never stop by it. For a loss of 0.5 give -0.5.");
        }

        if (heldOut is not null && (evaluation.StopPatience is not null || evaluation.StopAtScore is not null))
        {
            range.Add(evaluation.StopPatience is not null ? "stop_patience" : "stop_at_score", $"the job would end by its held-out loss, but it has no {heldOut}; give some or leave it out.");
        }

        EvaluationConfig defaults = new();
        (string Field, bool IsSet)[] ofSampling =
        [
            ("samples_per_prompt", evaluation.SamplesPerPrompt != defaults.SamplesPerPrompt),
            ("temperature", evaluation.Temperature != defaults.Temperature),
            ("pass_at", evaluation.PassAt.Count > 0),
            ("success_source", evaluation.SuccessSource is not null),
            ("success_threshold", evaluation.SuccessThreshold != defaults.SuccessThreshold),
        ];
        if (evaluation.StopMinImprovement > 0 && evaluation.StopPatience is null)
        {
            range.Warn("stop_min_improvement", "it has no effect: stop_patience is off.");
        }

        foreach ((string field, _) in ofSampling.Where(knob => knob.IsSet))
        {
            range.Warn(field, "it has no effect: this kind of job reads held-out examples and samples no answer.");
        }
    }
}
