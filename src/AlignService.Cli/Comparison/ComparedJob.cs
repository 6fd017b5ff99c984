using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>A job with the numbers of each of its steps, taken from its events. Steps that ran again after a rollback count once.</summary>
internal sealed class ComparedJob(Job job)
{
    /// <summary>Steps at the end over which a curve is averaged to one number.</summary>
    public const int LastSteps = 10;

    private readonly SortedDictionary<int, Dictionary<string, double>> _steps = [];
    private readonly SortedDictionary<int, Dictionary<string, double>> _evaluations = [];
    private readonly List<(int Step, double Generated, double Trained)> _spent = [];

    public Job Job => job;

    /// <summary>Its display name with its resource name; just the latter where it has no display name.</summary>
    public string Label => job.Spec.DisplayName.Length == 0 ? job.Name : $"{job.Spec.DisplayName} ({job.Name})";

    /// <summary>Metrics of training by step, from 1.</summary>
    public IReadOnlyDictionary<int, Dictionary<string, double>> Steps => _steps;

    /// <summary>Metrics of the held-out prompts by step, from 0.</summary>
    public IReadOnlyDictionary<int, Dictionary<string, double>> Evaluations => _evaluations;

    /// <summary>Tokens sampled, those of steps that were rolled back included: they cost time too.</summary>
    public double GeneratedTokens => _spent.Sum(step => step.Generated);

    public double TrainedTokens => _spent.Sum(step => step.Trained);

    public double? PeakBytes => Known(MetricNames.MemoryPeakBytes).DefaultIfEmpty(double.NaN).Max() is var peak && double.IsNaN(peak) ? null : peak;

    /// <summary>The median, which a slow first step does not affect.</summary>
    public double? SecondsPerStep => Known(MetricNames.TimeStep).Order().ToArray() is { Length: > 0 } sorted ? sorted[sorted.Length / 2] : null;

    /// <summary>Mean of a training metric over the last steps, up to a number of sampled tokens.</summary>
    public double? Final(string metric, double tokens = double.PositiveInfinity)
    {
        double[] values = [.. TokensByStep().Where(pair => pair.Tokens <= tokens && _steps[pair.Step].ContainsKey(metric)).TakeLast(LastSteps).Select(pair => _steps[pair.Step][metric])];
        return values.Length == 0 ? null : values.Average();
    }

    /// <summary>Sampled tokens up to each step.</summary>
    public IEnumerable<(int Step, double Tokens)> TokensByStep()
    {
        double sum = 0;
        foreach ((int step, Dictionary<string, double> metrics) in _steps)
        {
            yield return (step, sum += metrics.GetValueOrDefault(MetricNames.TokensGenerated));
        }
    }

    public void Apply(JobEvent happened)
    {
        if (happened.Guardian is { HasRolledBackTo: true } finding)
        {
            Forget(_steps, finding.RolledBackTo);
            Forget(_evaluations, finding.RolledBackTo);
        }
        else if (happened.Metrics is { } points)
        {
            bool isEvaluation = points.Values.Keys.Any(name => name.StartsWith(MetricNames.EvalPrefix, StringComparison.Ordinal));
            SortedDictionary<int, Dictionary<string, double>> target = isEvaluation ? _evaluations : _steps;
            if (!target.TryGetValue(happened.Step, out Dictionary<string, double>? metrics))
            {
                target[happened.Step] = metrics = [];
            }

            foreach ((string name, double value) in points.Values)
            {
                metrics[name] = value;
            }

            if (points.Values.TryGetValue(MetricNames.TokensGenerated, out double generated))
            {
                _spent.Add((happened.Step, generated, points.Values.TryGetValue(MetricNames.TokensTrained, out double trained) ? trained : 0));
            }
        }
    }

    private IEnumerable<double> Known(string metric) => _steps.Values.Where(metrics => metrics.ContainsKey(metric)).Select(metrics => metrics[metric]);

    private static void Forget(SortedDictionary<int, Dictionary<string, double>> steps, int after)
    {
        foreach (int step in steps.Keys.Where(step => step > after).ToList())
        {
            steps.Remove(step);
        }
    }
}
