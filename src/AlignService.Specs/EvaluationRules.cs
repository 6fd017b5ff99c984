using AlignService.Specs.Answers;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Specs;

/// <summary>Rules about combinations of an evaluation's settings, in a job of its own and during training. Bounds of single settings are in their declarations.</summary>
internal static class EvaluationRules
{
    /// <param name="job">The evaluation.</param>
    /// <param name="at">The kind's message.</param>
    /// <param name="cancellationToken">Ends the checks of rewards.</param>
    public static void Check(EvaluationJob job, FieldViolations at, CancellationToken cancellationToken)
    {
        AnswerConfig config = job.Config;
        if (job.Rewards.Count > 0)
        {
            RewardConfig.CheckAll(job.Rewards, at, cancellationToken);
        }
        else if (config.Table == AnswerTable.None && !at.HasAny("rewards"))
        {
            at.Add("table", "it is none, and there are no rewards, so nothing would be left of the answers; set another table, or give rewards.", ViolationCode.Conflict);
        }

        EvaluationConfig evaluation = config.AsEvaluation();
        SharedRules.CheckEvaluation(evaluation, at);
        CheckAnswers(evaluation, job.Rewards, at);
        if (config is { BatchSize: > 0, SamplesPerPrompt: > 0 } && (long)config.BatchSize * config.SamplesPerPrompt > GrpoRules.MaxRolloutsPerStep)
        {
            at.Add(
                "batch_size",
                $"{config.BatchSize} prompts x {config.SamplesPerPrompt} answers are {(long)config.BatchSize * config.SamplesPerPrompt} answers per step; at most {GrpoRules.MaxRolloutsPerStep} are allowed.",
                ViolationCode.OutOfRange);
        }

        GrpoRules.CheckStopStrings(config.Sampling.StopStrings, at.At("sampling"));
    }

    /// <summary>What every evaluation that samples answers is held to.</summary>
    public static void CheckAnswers(EvaluationConfig evaluation, IReadOnlyList<RewardConfig> rewards, FieldViolations at)
    {
        string[] sources = [.. rewards.Select(reward => reward.Name)];
        if (evaluation is { Temperature: 0, SamplesPerPrompt: > 1 })
        {
            at.Warn("samples_per_prompt", $"temperature 0 is greedy, so all {evaluation.SamplesPerPrompt} answers to a prompt will be the same; 1 is enough.");
        }

        if (evaluation.SuccessSource is { } source && !sources.Contains(source))
        {
            at.Add("success_source", $"the job has no reward source \"{source}\". {NearNames.Suggest(source, sources)}", ViolationCode.Unknown);
        }
    }
}
