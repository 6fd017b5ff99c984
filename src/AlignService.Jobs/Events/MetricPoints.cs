using AlignService.Specs.Metrics;
using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>The numbers of one step or one evaluation, by the names of docs/metrics.md.</summary>
public sealed record MetricPoints(IReadOnlyDictionary<string, double> Values) : JobEventBody
{
    internal override string Describe(int step, int totalSteps) => MetricText.Line(Values, step, totalSteps);

    internal override void WriteTo(Wire.JobEvent wire, JobId id) => wire.Metrics = new Wire.MetricPoints { Values = { Values.ToDictionary() } };
}
