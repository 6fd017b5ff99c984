using System.Diagnostics;
using System.Globalization;
using AlignService.Specs.Metrics;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Training.Metrics;

/// <summary>Collects the times, spans, metrics and messages of one step.</summary>
internal sealed class StepRecorder(TimeProvider time)
{
    /// <summary>50 is the median.</summary>
    private static readonly int[] CallLatencyPercentiles = [50, 95, 99];

    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<string, TimeSpan> _durations = [];
    private readonly Dictionary<string, List<double>> _latencies = [];
    private readonly Dictionary<string, (int Missing, int Count)> _scores = [];
    private readonly Dictionary<string, CallReport> _calls = [];

    public Dictionary<string, double> Metrics { get; } = [];

    public List<string> Messages { get; } = [];

    /// <summary>Tokens sampled, those of dropped groups included.</summary>
    public long GeneratedTokens { get; set; }

    /// <summary>Completion tokens that the updates read, once per epoch.</summary>
    public long TrainedTokens { get; set; }

    /// <summary>Whether any completion that was sampled has a reward, those of dropped groups included.</summary>
    public bool HasRewards { get; set; }

    /// <summary>Runs a phase of the step in its own span, and adds its time to time/{name}.</summary>
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

    /// <summary>The messages and times of one round of scoring, and reward/{name}/missing_fraction of all rounds so far: groups that are dropped for want of scores count.</summary>
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
            (int missing, int count) = _scores.GetValueOrDefault(sources[source].Name);
            missing += table.Scores.Count(row => double.IsNaN(row[source]));
            count += table.Scores.Count;
            _scores[sources[source].Name] = (missing, count);
            Metrics[MetricNames.RewardSourceMissingFraction(sources[source].Name)] = count == 0 ? 0 : missing / (double)count;
        }

        foreach ((string source, CallReport calls) in table.Calls)
        {
            _calls[source] = _calls.TryGetValue(source, out CallReport? before) ? before + calls : calls;
        }
    }

    public void Add(IEnumerable<KeyValuePair<string, double>> metrics)
    {
        foreach ((string name, double value) in metrics)
        {
            Metrics[name] = value;
        }
    }

    /// <summary>All metrics, including times and rates; non-finite values (of a failed update) are left out.</summary>
    public IReadOnlyDictionary<string, double> Finish()
    {
        Metrics[MetricNames.TimeStep] = time.GetElapsedTime(_start).TotalSeconds;
        foreach ((string name, TimeSpan duration) in _durations)
        {
            Metrics[MetricNames.Time(name)] = duration.TotalSeconds;
        }

        foreach ((string name, List<double> latencies) in _latencies)
        {
            Metrics[MetricNames.RewardSourceLatencyP95(name)] = Percentile([.. latencies.Order()], 95);
        }

        foreach ((string name, CallReport calls) in _calls)
        {
            AddCalls(name, calls);
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

    private void AddCalls(string source, CallReport calls)
    {
        Metrics[MetricNames.RewardCalls(source)] = calls.Latencies.Count;
        Metrics[MetricNames.RewardCallRetries(source)] = calls.Retries;
        Metrics[MetricNames.RewardCallFaults(source)] = calls.Faults;
        Metrics[MetricNames.RewardCacheHits(source)] = calls.CacheHits;
        Metrics[MetricNames.RewardCallTokens(source)] = calls.Tokens;
        double[] sorted = [.. calls.Latencies.Select(latency => latency.TotalSeconds).Order()];
        foreach (int percent in sorted.Length == 0 ? [] : CallLatencyPercentiles)
        {
            Metrics[MetricNames.RewardCallLatency(source, percent)] = Percentile(sorted, percent);
        }
    }

    /// <param name="sorted">At least one, rising.</param>
    /// <param name="percent">50 is the median.</param>
    private static double Percentile(double[] sorted, int percent) => sorted[(int)Math.Ceiling(percent / 100.0 * sorted.Length) - 1];

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

/// <summary>The memory use of this process.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Largest resident size so far, in bytes; null where the system does not report it.</summary>
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
