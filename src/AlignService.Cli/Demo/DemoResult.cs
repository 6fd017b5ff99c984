using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Demo;

/// <summary>The demo's result. Every number comes from the job's own records.</summary>
internal sealed record DemoResult(Job Job, HeldOutScores Before, HeldOutScores After, IReadOnlyList<AnsweredPrompt> Answers, double Seconds, double? Kl)
{
    /// <summary>The reward that was trained on.</summary>
    public const string Reward = "reward";

    /// <summary>The reward source that measures true success and is only reported.</summary>
    public const string Success = "exact_match";

    public string Checkpoint => Job.Checkpoints[^1].Directory;

    public static DemoResult From(Job job, WatchedJob watched, double seconds)
    {
        if (watched.Evaluations is not [var before, .., var after] || before.Step != 0 || job.Checkpoints.Count == 0)
        {
            throw new CommandException(ExitCode.InternalError, $"{job.Name} ended without the records of an evaluation before and after training and a checkpoint; its events: align watch {job.Name} --json.");
        }

        double? kl = watched.Metrics.TryGetValue(MetricNames.PolicyKl, out var series) ? series.Last : null;
        return new DemoResult(job, before, after, AnsweredPrompt.Pair(watched.Samples), seconds, kl);
    }

    public JsonObject ToJson() => new()
    {
        ["job"] = Job.Name,
        ["seed"] = Job.Spec.Seed,
        ["shuffled_rewards"] = Job.Spec.Grpo.Algorithm?.ShuffleRewards ?? false,
        ["seconds"] = Math.Round(Seconds, 1),
        ["steps"] = After.Step,
        ["heldout_reward_before"] = Before.Scores[Reward].Mean,
        ["heldout_reward_before_se"] = Before.Scores[Reward].StandardError,
        ["heldout_reward_after"] = After.Scores[Reward].Mean,
        ["heldout_reward_after_se"] = After.Scores[Reward].StandardError,
        ["heldout_success_before"] = Before.Scores[Success].Mean,
        ["heldout_success_before_se"] = Before.Scores[Success].StandardError,
        ["heldout_success_after"] = After.Scores[Success].Mean,
        ["heldout_success_after_se"] = After.Scores[Success].StandardError,
        ["kl"] = Kl,
        ["checkpoint"] = Checkpoint,
    };
}
