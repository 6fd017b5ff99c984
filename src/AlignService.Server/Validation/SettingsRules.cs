using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Bounds of sampling, optimiser and checkpoint settings.</summary>
internal static class SettingsRules
{
    private const double UsualLearningRate = 1e-3;

    public static void CheckSampling(GrpoConfig config, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        SamplingConfig sampling = config.Sampling;
        if (sampling.Temperature == 0)
        {
            range.Add("temperature", "it is 0, which is greedy: every completion of a group would be the same and nothing could be compared. It must lie in (0, 2]; 1 is usual.");
        }
        else
        {
            range.PositiveUpTo("temperature", sampling.Temperature, 2);
        }

        range.AtLeast("top_k", sampling.TopK, 0);
        range.PositiveUpTo("top_p", sampling.TopP, 1);
        range.BelowOne("min_p", sampling.MinP);
        range.Positive("repetition_penalty", sampling.RepetitionPenalty);
        range.AtLeast("max_completion_length", sampling.MaxCompletionLength, 1);
        range.AtLeast("max_prompt_length", config.MaxPromptLength, 1);
        for (int i = 0; i < sampling.StopStrings.Count; i++)
        {
            if (sampling.StopStrings[i].Length == 0)
            {
                range.Add($"stop_strings[{i}]", "it is empty and would end every completion at once; leave it out.");
            }
        }

        CheckTruncation(config, range);
    }

    public static void CheckOptimizer(OptimizerConfig optimizer, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        range.Positive("learning_rate", optimizer.LearningRate);
        range.AtLeast("warmup_steps", optimizer.WarmupSteps, 0);
        range.BelowOne("beta1", optimizer.Beta1);
        range.BelowOne("beta2", optimizer.Beta2);
        range.Positive("epsilon", optimizer.Epsilon);
        range.AtLeast("weight_decay", optimizer.WeightDecay, 0);
        range.Positive("max_grad_norm", optimizer.MaxGradNorm);
        if (optimizer.LearningRate > UsualLearningRate)
        {
            range.Warn("learning_rate", $"{optimizer.LearningRate} is unusual; 1e-6 is the default for full training, and few policies survive more than {UsualLearningRate}.");
        }
    }

    /// <summary>Warns where the warm-up outlasts the training.</summary>
    /// <param name="optimizer">The settings.</param>
    /// <param name="updates">Optimiser steps of the job.</param>
    /// <param name="faults">Takes the warning.</param>
    /// <param name="path">Of the settings.</param>
    public static void CheckWarmup(OptimizerConfig optimizer, long updates, FaultList faults, string path)
    {
        if (updates > 0 && optimizer.WarmupSteps >= updates)
        {
            faults.Warn($"{path}.warmup_steps", $"{optimizer.WarmupSteps} warm-up steps never reach the learning rate: the job takes {updates} optimiser steps.");
        }
    }

    public static void CheckCheckpoint(CheckpointPolicy policy, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        range.AtLeast("every_steps", policy.EverySteps, 1);
        range.AtLeast("keep", policy.Keep, 0);
    }

    /// <summary>Whatever cuts the distribution biases the ratio, which is taken over the full vocabulary.</summary>
    private static void CheckTruncation(GrpoConfig config, RangeCheck range)
    {
        SamplingConfig sampling = config.Sampling;
        (string Field, bool On, string Value)[] knobs =
        [
            ("top_k", sampling.TopK > 0, $"{sampling.TopK}"),
            ("top_p", sampling.TopP is > 0 and < 1, $"{sampling.TopP}"),
            ("min_p", sampling.MinP is > 0 and < 1, $"{sampling.MinP}"),
            ("repetition_penalty", sampling.RepetitionPenalty > 0 && sampling.RepetitionPenalty != 1, $"{sampling.RepetitionPenalty}"),
        ];
        foreach ((string field, bool on, string value) in knobs)
        {
            if (on && !config.AllowTruncatedSampling)
            {
                range.Add(
                    field,
                    $"{value} changes the distribution that completions come from, while the ratio is taken over the full one: training would be biased. "
                    + "Leave it out, or set allow_truncated_sampling to accept that.");
            }
            else if (on)
            {
                range.Warn(field, $"{value} biases the ratio; the share of probability that sampling kept is reported.");
            }
        }
    }
}
