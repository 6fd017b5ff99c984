using AlignService.Jobs.Rollouts;
using AlignService.Model.Sampling;
using AlignService.Specs.JobKinds;
using AlignService.Training.Rollouts;
using AlignService.Training.Trainers;

namespace AlignService.Worker;

/// <summary>What a job keeps of the completions of its steps.</summary>
internal static class RunRollouts
{
    /// <summary>Those that the update used, group by group, and after them those of groups that were dropped. Null where the job keeps none.</summary>
    public static StepRollouts? Of(StepReport report, GrpoJob job, IReadOnlyList<string> sources)
    {
        if (job.Rollouts.GroupsPerStep == 0)
        {
            return null;
        }

        int groupSize = job.Config.GroupSize;
        ScoredRollout[] all = [.. report.Rollouts, .. report.Dropped];
        HashSet<int> kept = [.. Draw(all.Length / groupSize, job.Rollouts.GroupsPerStep, job.Config.Seed, report.Step)];
        IEnumerable<RolloutRecord> rows = all.Select((row, number) => (row, number)).Where(item => kept.Contains(item.number / groupSize)).Select(item => Of(item.row, report.Step, item.number, item.number / groupSize));
        return new StepRollouts(report.Step, sources, [.. rows], job.Rollouts.KeepSteps);
    }

    /// <summary>The same groups whenever the step is done: the first by a hash of seed, step and place.</summary>
    private static IEnumerable<int> Draw(int groupCount, int? wanted, ulong seed, int step) => wanted is not { } count || count >= groupCount
        ? Enumerable.Range(0, groupCount)
        : Enumerable.Range(0, groupCount).OrderBy(group => Mix(Mix(seed + (ulong)step) + (ulong)group)).Take(count);

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood 2014): near inputs give unrelated outputs.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static RolloutRecord Of(ScoredRollout row, int step, int number, int group)
    {
        Rollout rollout = row.Rollout;
        Completion completion = rollout.Completion;
        return new RolloutRecord
        {
            Step = step,
            Number = number,
            Group = group,
            Prompt = rollout.Prompt.Prompt,
            PromptText = RunSample.Text(rollout.Prompt.Prompt),
            PromptTokenIds = rollout.Prompt.Ids,
            Completion = completion.Text,
            CompletionTokenIds = completion.TokenIds,
            TokenCount = completion.TokenIds.Count,
            Scores = rollout.Scores,
            Reward = row.Reward,
            Advantage = row.Advantage,
            FinishReason = FinishReasons.NameOf(completion.FinishReason),
            LogProbs = completion.LogProbs.Count == 0 ? default : new RolloutLogProbs(completion.LogProbs.Average(value => (double)value), completion.LogProbs.Min(), row.LogProbAboveReference),
            PolicyStep = row.SampledStep - 1,
        };
    }
}
