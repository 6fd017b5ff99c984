using System.Diagnostics.Metrics;
using AlignService.Specs;

namespace AlignService.Jobs.Workers;

/// <summary>Publishes a step's metrics as align.{name with '/' as '.'}: times as histograms, the rest as gauges.</summary>
internal sealed class StepInstruments(JobId jobId)
{
    private readonly KeyValuePair<string, object?> _job = new("job.id", jobId.Value);
    private readonly Dictionary<string, Gauge<double>> _gauges = [];
    private readonly Dictionary<string, Histogram<double>> _histograms = [];

    public void Record(IReadOnlyDictionary<string, double> metrics)
    {
        foreach ((string metric, double value) in metrics)
        {
            // "No score" is no number.
            if (double.IsNaN(value))
            {
                continue;
            }

            string name = $"align.{metric.Replace('/', '.')}";
            if (metric.StartsWith("time/", StringComparison.Ordinal))
            {
                Histogram(name).Record(value, _job);
            }
            else
            {
                Gauge(name).Record(value, _job);
            }
        }
    }

    private Gauge<double> Gauge(string name) =>
        _gauges.TryGetValue(name, out Gauge<double>? gauge) ? gauge : _gauges[name] = JobDiagnostics.Meter.CreateGauge<double>(name);

    private Histogram<double> Histogram(string name) => _histograms.TryGetValue(name, out Histogram<double>? histogram)
        ? histogram
        : _histograms[name] = JobDiagnostics.Meter.CreateHistogram<double>(name, unit: "s");
}
