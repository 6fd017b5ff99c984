using System.Diagnostics;
using System.Diagnostics.Metrics;
using AlignService.Specs.Metrics;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Workers;

/// <summary>Publishes a step's metrics as align.{name with '/' as '.'}, each with the catalog's instrument, unit and description, tagged with the job and where it runs.</summary>
internal sealed class StepInstruments(JobId jobId, WorkerPlace place)
{
    private readonly TagList _tags = new() { { "job.id", jobId.Value }, { "align.device", place.Device }, { "host.name", place.Host } };
    private readonly Dictionary<string, Action<double>> _instruments = [];

    public void Record(IReadOnlyDictionary<string, double> metrics)
    {
        // NaN is "no score".
        foreach ((string name, double value) in metrics.Where(metric => !double.IsNaN(metric.Value)))
        {
            if (!_instruments.TryGetValue(name, out Action<double>? record))
            {
                _instruments[name] = record = Create(name);
            }

            record(value);
        }
    }

    private Action<double> Create(string metric)
    {
        Metric? known = MetricCatalog.Find(metric);
        string name = $"align.{metric.Replace('/', '.')}";
        switch (known?.Kind)
        {
            case MetricKind.Histogram:
                Histogram<double> histogram = JobDiagnostics.Meter.CreateHistogram<double>(name, known.Unit, known.Description);
                return value => histogram.Record(value, _tags);
            case MetricKind.Counter:
                Counter<double> counter = JobDiagnostics.Meter.CreateCounter<double>(name, known.Unit, known.Description);
                return value => counter.Add(value, _tags);
            default:
                Gauge<double> gauge = JobDiagnostics.Meter.CreateGauge<double>(name, known?.Unit, known?.Description);
                return value => gauge.Record(value, _tags);
        }
    }
}
