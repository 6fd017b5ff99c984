using AlignService.HuggingFace.Adapters;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Settings;

/// <summary>Rules about the groups of settings that kinds of jobs share. Bounds of single settings are in their declarations.</summary>
internal static class SharedRules
{
    /// <summary>An adapter's settings, alone and with the job's checkpoints.</summary>
    public static void CheckAdapter(PolicyAdapterConfig adapter, CheckpointPolicy checkpoint, FieldViolations job)
    {
        FieldViolations at = job.At("adapter");
        CheckNames(adapter.TargetModules, "target_modules", at);
        CheckNames(adapter.ModulesToSave, "modules_to_save", at);
        if (adapter.Directory is not null && adapter != new PolicyAdapterConfig { Directory = adapter.Directory, TargetModules = adapter.TargetModules, ModulesToSave = adapter.ModulesToSave }
            || (adapter.Directory is not null && (!adapter.TargetModules.SequenceEqual(new AdapterConfig().TargetModules) || adapter.ModulesToSave.Count > 0)))
        {
            at.Add("directory", $"training continues from {adapter.Directory}, in that adapter's form; leave rank, alpha, dropout, target_modules, rank_stabilized and modules_to_save out.", ViolationCode.Conflict);
        }

        if (checkpoint.SaveDtype == SaveDtype.BF16)
        {
            job.At("checkpoint").Add("save_dtype", "it is bf16, but a checkpoint holds only the adapter, which is small and always written in float32; leave save_dtype out.", ViolationCode.Conflict);
        }
    }

    /// <summary>Rules about the evaluation's own settings.</summary>
    public static void CheckEvaluation(EvaluationConfig evaluation, FieldViolations at)
    {
        for (int i = 0; i < evaluation.PassAt.Count && evaluation.SamplesPerPrompt >= 1; i++)
        {
            int k = evaluation.PassAt[i];
            if (k < 1 || k > evaluation.SamplesPerPrompt)
            {
                at.Add($"pass_at[{i}]", $"it is {k}; pass@k is estimated from samples_per_prompt answers, so it must be in [1, {evaluation.SamplesPerPrompt}]. Raise samples_per_prompt or lower k.", ViolationCode.OutOfRange);
            }
            else if (evaluation.PassAt.Take(i).Contains(k))
            {
                at.Add($"pass_at[{i}]", $"{k} occurs twice; leave one out.", ViolationCode.Conflict);
            }
        }
    }

    /// <summary>An early stop on held-out data needs held-out data.</summary>
    /// <param name="evaluation">The settings.</param>
    /// <param name="heldOut">The unset field of held-out data; null where it is set.</param>
    /// <param name="measure">What would end the job: reward or loss.</param>
    /// <param name="at">Of the settings.</param>
    public static void CheckStop(EvaluationConfig evaluation, string? heldOut, string measure, FieldViolations at)
    {
        if (heldOut is not null && (evaluation.StopPatience is not null || evaluation.StopAtScore is not null))
        {
            at.Add(
                evaluation.StopPatience is not null ? "stop_patience" : "stop_at_score",
                $"it ends the job by its held-out {measure}, but there are no {heldOut}; add some or leave it out.",
                ViolationCode.Conflict);
        }
    }

    /// <summary>An early stop is about the best weights, and only evaluated steps with a checkpoint keep their weights.</summary>
    public static void WarnOfLostBest(EvaluationConfig evaluation, CheckpointPolicy checkpoint, FieldViolations job)
    {
        (int evaluated, int saved) = (evaluation.EverySteps, checkpoint.EverySteps);
        if (evaluation.StopPatience is not null && !checkpoint.SaveBest && evaluated > 0 && saved > 0 && evaluated % saved != 0)
        {
            job.At("checkpoint").Warn(
                "every_steps",
                $"it is {saved}, but evaluations run every {evaluated} steps: the best one may have no checkpoint when the job stops early. Set a divisor of evaluation.every_steps, or leave out save_best: false.");
        }
    }

    /// <summary>Warns where the warm-up is longer than the training.</summary>
    public static void WarnOfWarmup(OptimizerConfig optimizer, long updates, FieldViolations job)
    {
        if (updates > 0 && optimizer.WarmupSteps >= updates)
        {
            job.At("optimizer").Warn("warmup_steps", $"{optimizer.WarmupSteps} warm-up steps never reach the learning rate: the job has {updates} optimizer steps.");
        }
    }

    private static void CheckNames(IReadOnlyList<string> names, string field, FieldViolations at)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
            {
                at.Add($"{field}[{i}]", "it is empty; name a module, or leave it out.");
            }
        }
    }
}
