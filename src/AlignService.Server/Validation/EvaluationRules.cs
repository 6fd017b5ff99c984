using AlignService.Specs.JobKinds;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the evaluation settings, and what they need from the rest of the job.</summary>
internal static class EvaluationRules
{
    /// <param name="evaluation">The settings.</param>
    /// <param name="sources">Names of the job's reward sources.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the settings.</param>
    public static void Check(EvaluationConfig evaluation, IReadOnlyList<string> sources, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        CheckNumbers(evaluation, range);
        if (evaluation is { Temperature: 0, SamplesPerPrompt: > 1 })
        {
            range.Warn("samples_per_prompt", $"temperature 0 is greedy, so all {evaluation.SamplesPerPrompt} answers to a prompt will be the same; 1 is enough.");
        }

        if (evaluation.SuccessSource is { } source && !sources.Contains(source))
        {
            range.Add("success_source", $"the job has no reward source \"{source}\". {NearNames.Suggest(source, sources)}");
        }
    }

    /// <summary>Bounds that hold for every kind of job, those included that look at nothing but the numbers of stopping.</summary>
    public static void CheckNumbers(EvaluationConfig evaluation, RangeCheck range)
    {
        range.AtLeast("every_steps", evaluation.EverySteps, 1);
        range.AtLeast("samples_per_prompt", evaluation.SamplesPerPrompt, 1);
        range.Within("temperature", evaluation.Temperature, 0, 2);
        CheckPassAt(evaluation, range);
        range.Finite("success_threshold", evaluation.SuccessThreshold);
        range.AtLeast("stop_patience", evaluation.StopPatience, 1);
        range.AtLeast("stop_min_improvement", evaluation.StopMinImprovement, 0);
        range.Finite("stop_at_score", evaluation.StopAtScore ?? 0);
    }

    /// <summary>An evaluation answers all prompts at once, as a step does.</summary>
    public static void CheckSize(EvaluationConfig evaluation, int promptCount, FaultList faults, string path)
    {
        if ((long)promptCount * evaluation.SamplesPerPrompt > AlgorithmRules.MaxRolloutsPerStep)
        {
            faults.Add(
                $"{path}.samples_per_prompt",
                $"it is {evaluation.SamplesPerPrompt}; with {promptCount} held-out prompts that is {(long)promptCount * evaluation.SamplesPerPrompt} answers an evaluation, and at most {AlgorithmRules.MaxRolloutsPerStep} are allowed.");
        }
    }

    /// <summary>What looks at held-out prompts needs some.</summary>
    public static void CheckPrompts(GrpoJob job, FaultList faults, string path)
    {
        EvaluationConfig evaluation = job.Evaluation;
        if (job.EvaluationPrompts is not null)
        {
            return;
        }

        var range = new RangeCheck(faults, path);
        if (evaluation.StopPatience is not null || evaluation.StopAtScore is not null)
        {
            range.Add(
                evaluation.StopPatience is not null ? "stop_patience" : "stop_at_score",
                "the job would end by its held-out reward, but it has no evaluation_prompts; give some or leave it out.");
        }
        else if (evaluation.CountsSuccess)
        {
            range.Warn(evaluation.PassAt.Count > 0 ? "pass_at" : "success_source", "it has no effect: the job has no evaluation_prompts.");
        }
    }

    /// <summary>An early stop is about the best weights, and only an evaluated step that has a checkpoint keeps its weights.</summary>
    public static void WarnOfLostBest(JobKind job, FaultList faults, string path)
    {
        (int evaluated, int saved) = (job.Evaluation.EverySteps, job.Checkpoint.EverySteps);
        if (job.Evaluation.StopPatience is not null && !job.Checkpoint.SaveBest && evaluated > 0 && saved > 0 && evaluated % saved != 0)
        {
            faults.Warn(
                $"{path}.checkpoint.every_steps",
                $"it is {saved}, and evaluations come every {evaluated} steps: the best of them may have no checkpoint when the job stops early. Let it divide evaluation.every_steps, or leave out save_best: false.");
        }
    }

    private static void CheckPassAt(EvaluationConfig evaluation, RangeCheck range)
    {
        for (int i = 0; i < evaluation.PassAt.Count && evaluation.SamplesPerPrompt >= 1; i++)
        {
            int k = evaluation.PassAt[i];
            if (k < 1 || k > evaluation.SamplesPerPrompt)
            {
                range.Add($"pass_at[{i}]", $"it is {k}; pass@k is estimated from samples_per_prompt answers, so it must lie in [1, {evaluation.SamplesPerPrompt}]. Raise samples_per_prompt or lower k.");
            }
            else if (evaluation.PassAt.Take(i).Contains(k))
            {
                range.Add($"pass_at[{i}]", $"{k} is there twice; leave one out.");
            }
        }
    }
}
