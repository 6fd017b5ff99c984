using System.Diagnostics;
using System.Globalization;
using AlignService.Specs.Metrics;
using AlignService.Specs.Rewards;

namespace AlignService.Training.Metrics;

/// <summary>Gathers the times, spans, metrics and messages of one step.</summary>
internal sealed class StepRecorder(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<string, TimeSpan> _durations = [];
    private readonly Dictionary<string, List<double>> _latencies = [];

    public Dictionary<string, double> Metrics { get; } = [];

    public List<string> Messages { get; } = [];

    /// <summary>Tokens sampled, those of dropped groups included.</summary>
    public long GeneratedTokens { get; set; }

    /// <summary>Completion tokens that the updates read, once an epoch.</summary>
    public long TrainedTokens { get; set; }

    /// <summary>Does a phase of the step, as a span of its own, and adds its time to time/{name}.</summary>
    public T Phase<T>(string name, Func<T> work)
    {
        using Activity? span = TrainingDiagnostics.Source.StartActivity(name);
        long start = time.GetTimestamp();
        T result = work();
        _durations[name] = _durations.GetValueOrDefault(name) + time.GetElapsedTime(start);
        return result;
    }

    /// <summary>The same for work without a result.</summary>
    public void Phase(string name, Action work) => Phase(name, () =>
    {
        work();
        return true;
    });

    public void AddScores(ScoreTable table, IReadOnlyList<RewardSource> sources)
    {
        Messages.AddRange(table.Messages);
        for (int source = 0; source < sources.Count; source++)
        {
            if (!_latencies.TryGetValue(sources[source].Name, out List<double>? latencies))
            {
                _latencies[sources[source].Name] = latencies = [];
            }

            latencies.Add(table.Latencies[source].TotalSeconds);
        }
    }

    public void Add(IEnumerable<KeyValuePair<string, double>> metrics)
    {
        foreach ((string name, double value) in metrics)
        {
            Metrics[name] = value;
        }
    }

    /// <summary>All metrics, times and rates among them; what is not a finite number (of a broken update) is left out.</summary>
    public IReadOnlyDictionary<string, double> Finish()
    {
        Metrics[MetricNames.TimeStep] = time.GetElapsedTime(_start).TotalSeconds;
        foreach ((string name, TimeSpan duration) in _durations)
        {
            Metrics[MetricNames.Time(name)] = duration.TotalSeconds;
        }

        foreach ((string name, List<double> latencies) in _latencies)
        {
            double[] sorted = [.. latencies.Order()];
            Metrics[MetricNames.RewardSourceLatencyP95(name)] = sorted[(int)Math.Ceiling(0.95 * sorted.Length) - 1];
        }

        if (_durations.ContainsKey("rollout"))
        {
            AddRate((MetricNames.TokensGenerated, MetricNames.TokensGeneratedPerSecond), GeneratedTokens, "rollout");
        }

        AddRate((MetricNames.TokensTrained, MetricNames.TokensTrainedPerSecond), TrainedTokens, "update");
        if (ProcessMemory.PeakBytes() is long peak)
        {
            Metrics[MetricNames.MemoryPeakBytes] = peak;
        }

        return Metrics.Where(metric => double.IsFinite(metric.Value)).ToDictionary();
    }

    private void AddRate((string Total, string PerSecond) names, long tokens, string phase)
    {
        Metrics[names.Total] = tokens;
        double seconds = _durations.GetValueOrDefault(phase).TotalSeconds;
        if (seconds > 0)
        {
            Metrics[names.PerSecond] = tokens / seconds;
        }
    }
}

/// <summary>What this process has used of the machine's memory.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Largest resident size so far, in bytes; null where the system does not tell.</summary>
    public static long? PeakBytes()
    {
        if (!File.Exists(Status))
        {
            return null;
        }

        string? line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? null : 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
