using System.Globalization;
using AlignService.Cli.Output;
using AlignService.Cli.Profiles;
using AlignService.Contracts.V1;
using Google.Protobuf;

namespace AlignService.Cli.Comparison;

/// <summary>In what jobs differ: what makes a comparison unfair, and the settings that it is about.</summary>
internal static class JobDifferences
{
    /// <summary>Numbers of sampled tokens within this share of each other count as the same budget.</summary>
    private const double BudgetTolerance = 0.05;

    /// <summary>Why the jobs' numbers are not comparable without care, in sentences; empty where nothing stands against it.</summary>
    public static IReadOnlyList<string> Caveats(IReadOnlyList<ComparedJob> jobs)
    {
        List<string> caveats = [];
        foreach (ComparedJob job in jobs.Where(job => job.Job.State != JobState.Succeeded))
        {
            caveats.Add($"{job.Job.Name} is {Names.State(job.Job.State)}: its numbers are those of {job.Steps.Count} of {job.Job.Progress?.TotalSteps ?? 0} steps.");
        }

        Compare("kinds of training", spec => spec.KindCase.ToString().ToLowerInvariant());
        Compare("training prompts", spec => Source(spec.Grpo?.Prompts));
        Compare("held-out prompts", spec => Source(spec.Grpo?.EvaluationPrompts));
        Compare("start models", spec => spec.Grpo?.Model ?? "");
        Compare("rewards", spec => string.Join("; ", (spec.Grpo?.Rewards ?? []).Select(reward => reward.ToString())));
        Compare("seeds", spec => spec.Seed.ToString(CultureInfo.InvariantCulture));
        double least = jobs.Min(job => job.GeneratedTokens), most = jobs.Max(job => job.GeneratedTokens);
        if (most > least * (1 + BudgetTolerance))
        {
            caveats.Add($"The token budgets differ: {string.Join(", ", jobs.Select(job => $"{job.Job.Name} sampled {Count(job.GeneratedTokens)} tokens"))}. Compare the rewards at {Count(least)} tokens.");
        }

        foreach (ComparedJob job in jobs.Where(job => job.Final("policy/kl") is null))
        {
            caveats.Add($"{job.Job.Name} has no policy/kl, so it is not on the frontier: with kl_coefficient 0 a job needs report_kl.");
        }

        return caveats;

        void Compare(string what, Func<JobSpec, string> read)
        {
            if (jobs.Select(job => read(job.Job.Spec)).Distinct().Count() > 1)
            {
                caveats.Add($"The {what} differ: {string.Join(", ", jobs.Select(job => $"{job.Job.Name} has {Short(read(job.Job.Spec))}"))}.");
            }
        }
    }

    /// <summary>The settings in which the jobs differ, with the value of each; null where it has none.</summary>
    public static IReadOnlyList<(string Field, IReadOnlyList<string?> Values)> Settings(IReadOnlyList<ComparedJob> jobs)
    {
        IReadOnlyDictionary<string, string>[] values = [.. jobs.Select(job => SettingValues.Of(Kind(job.Job.Spec)))];
        return
        [
            .. values.SelectMany(value => value.Keys).Distinct()
                .Select(field => (field, (IReadOnlyList<string?>)[.. values.Select(value => value.GetValueOrDefault(field))]))
                .Where(pair => pair.Item2.Distinct().Count() > 1),
        ];
    }

    private static IMessage Kind(JobSpec spec) => (IMessage?)JobSpec.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(spec)?.Accessor.GetValue(spec) ?? new GrpoJob();

    private static string Source(PromptSource? source) => source switch
    {
        null => "none",
        { File.Length: > 0 } => $"{source.File}{(source.Limit > 0 ? $" (the first {source.Limit})" : "")}",
        _ => $"{source.Inline.Count} inline prompts beginning with {source.Inline.FirstOrDefault()} (hash {Hash(source):x8})",
    };

    private static uint Hash(IMessage message) => message.ToByteArray().Aggregate(2166136261u, (hash, value) => (hash ^ value) * 16777619u);

    private static string Short(string text) => text.Length > 120 ? $"{text[..100]}… ({text[^16..].Trim()}" : text.Length == 0 ? "none" : text;

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
