using System.Xml.Linq;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>The plots of a comparison, except those that no job has numbers for.</summary>
internal static class ComparisonPlots
{
    /// <summary>Steps over which the frontier averages the KL.</summary>
    private const int KlWindow = 3;

    private const string HeldOutLoss = MetricNames.EvalLossMean;
    private const string HeldOut = MetricNames.EvalRewardMean;

    public static IEnumerable<XElement> Of(IReadOnlyList<ComparedJob> jobs) => new[]
    {
        new LinePlot("Held-out reward", "step", "reward").Draw([.. jobs.Select(job => new PlotSeries(job.Label, [.. Evaluated(job, HeldOut).Select(one => ((double)one.Step, one.Value))]))], markPoints: true),
        new LinePlot("Held-out loss", "step", "nats").Draw([.. jobs.Select(job => new PlotSeries(job.Label, [.. Evaluated(job, HeldOutLoss).Select(one => ((double)one.Step, one.Value))]))], markPoints: true),
        new LinePlot("Training reward at equal tokens", "tokens sampled", "reward").Draw(
            [.. jobs.Select(job => new PlotSeries(job.Label, [.. job.TokensByStep().Where(pair => job.Steps[pair.Step].ContainsKey(MetricNames.RewardMean)).Select(pair => (pair.Tokens, job.Steps[pair.Step][MetricNames.RewardMean]))]))],
            markPoints: false),
        new LinePlot("KL to the reference", "step", "nats per token").Draw([.. jobs.Select(job => OverSteps(job, MetricNames.PolicyKl))], markPoints: false),
        new LinePlot("Reward-KL frontier", "KL to the reference (nats per token)", "reward").Draw([.. jobs.Select(Frontier)], markPoints: true),
        new LinePlot("Time of a step", "step", "seconds").Draw([.. jobs.Select(job => OverSteps(job, MetricNames.TimeStep))], markPoints: false),
        new LinePlot("Completion length", "step", "tokens").Draw([.. jobs.Select(job => OverSteps(job, MetricNames.CompletionsMeanLength))], markPoints: false),
    }.OfType<XElement>();

    /// <summary>Reward against KL: held-out where the job was evaluated, the training reward otherwise.</summary>
    private static PlotSeries Frontier(ComparedJob job)
    {
        (int Step, double Reward)[] rewards = [.. Evaluated(job, HeldOut)];
        if (rewards.Length < 2)
        {
            rewards = [.. job.Steps.Where(step => step.Value.ContainsKey(MetricNames.RewardMean)).Select(step => (step.Key, step.Value[MetricNames.RewardMean]))];
        }

        return new PlotSeries(job.Label, job.Final(MetricNames.PolicyKl) is null ? [] :
        [
            .. rewards
                .Select(one => (Kl: KlAt(job, one.Step), one.Reward))
                .Where(point => double.IsFinite(point.Kl)),
        ]);
    }

    /// <summary>A mean over some steps, because a single step is noisy; 0 at the start, which is the reference.</summary>
    private static double KlAt(ComparedJob job, int step) => step == 0 ? 0 : job.Steps
        .Where(one => one.Key <= step && one.Key > step - KlWindow && one.Value.ContainsKey(MetricNames.PolicyKl))
        .Select(one => one.Value[MetricNames.PolicyKl])
        .DefaultIfEmpty(double.NaN)
        .Average();

    private static PlotSeries OverSteps(ComparedJob job, string metric) =>
        new(job.Label, [.. job.Steps.Where(step => step.Value.ContainsKey(metric)).Select(step => ((double)step.Key, step.Value[metric]))]);

    private static IEnumerable<(int Step, double Value)> Evaluated(ComparedJob job, string measure) =>
        job.Evaluations.Where(step => step.Value.ContainsKey(measure)).Select(step => (step.Key, step.Value[measure]));
}
