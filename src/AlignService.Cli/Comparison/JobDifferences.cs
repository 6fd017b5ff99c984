using System.Globalization;
using AlignService.Cli.Output;
using AlignService.Cli.Profiles;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>How jobs differ: what makes a comparison unfair, and the settings that differ.</summary>
internal static class JobDifferences
{
    /// <summary>Numbers of sampled tokens within this share of each other count as the same budget.</summary>
    private const double BudgetTolerance = 0.05;

    /// <summary>Why the jobs' numbers must be compared with care, in sentences; empty where the comparison is fair.</summary>
    public static IReadOnlyList<string> Caveats(IReadOnlyList<ComparedJob> jobs)
    {
        List<string> caveats = [];
        bool evaluations = jobs.All(job => TrainedWork.IsEvaluation(job.Job.Spec));
        foreach (ComparedJob job in jobs.Where(job => job.Job.State != JobState.Succeeded))
        {
            caveats.Add($"{job.Job.Name} is {Names.State(job.Job.State)}: its numbers cover {job.Steps.Count} of {job.Job.Progress?.TotalSteps ?? 0} steps.");
        }

        Compare("kinds of training", TrainedWork.Kind);
        Compare(evaluations ? "prompts" : "training data", spec => Source(TrainedWork.TrainingData(spec)));
        Compare("held-out data", spec => Source(TrainedWork.HeldOutData(spec)));
        if (!evaluations)
        {
            Compare("start models", TrainedWork.Model);
        }

        Compare("rewards", TrainedWork.Rewards);
        Compare("seeds", spec => spec.Seed.ToString(CultureInfo.InvariantCulture));
        if (!evaluations && Budget(jobs) is { } budget)
        {
            caveats.Add(budget);
        }

        foreach (ComparedJob job in jobs.Where(job => job.Job.Spec.KindCase == JobSpec.KindOneofCase.Grpo && job.Final(MetricNames.PolicyKl) is null))
        {
            caveats.Add($"{job.Job.Name} has no policy/kl, so it is not on the frontier: set report_kl if kl_coefficient is 0.");
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
        IReadOnlyDictionary<string, string>[] values = [.. jobs.Select(job => SettingValues.Of(TrainedWork.Of(job.Job.Spec)))];
        return
        [
            .. values.SelectMany(value => value.Keys).Distinct()
                .Select(field => (field, (IReadOnlyList<string?>)[.. values.Select(value => value.GetValueOrDefault(field))]))
                .Where(pair => pair.Item2.Distinct().Count() > 1),
        ];
    }

    /// <summary>Jobs on fixed examples sample nothing; what they trained on counts.</summary>
    private static string? Budget(IReadOnlyList<ComparedJob> jobs)
    {
        bool samples = jobs.All(job => job.GeneratedTokens > 0);
        double[] spent = [.. jobs.Select(job => samples ? job.GeneratedTokens : job.TrainedTokens)];
        if (!(spent.Max() > spent.Min() * (1 + BudgetTolerance)))
        {
            return null;
        }

        string each = string.Join(", ", jobs.Zip(spent, (job, tokens) => $"{job.Job.Name} {(samples ? "sampled" : "trained on")} {Count(tokens)} tokens"));
        return $"The token budgets differ: {each}.{(samples ? $" Compare the rewards at {Count(spent.Min())} tokens." : "")}";
    }

    private static string Source(ComparedData? source) => source switch
    {
        null => "none",
        { File.Length: > 0 } => $"{source.File}{(source.Limit > 0 ? $" (the first {source.Limit})" : "")}",
        _ => $"{source.InlineCount} inline rows (SHA-256 {source.InlineSha256})",
    };

    private static string Short(string text) => text.Length > 120 ? $"{text[..100]}… ({text[^16..].Trim()}" : text.Length == 0 ? "none" : text;

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
