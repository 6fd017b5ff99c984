using AlignService.Jobs.Events;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>What happened in a job, for those who ask afterwards.</summary>
public interface IJobHistory
{
    /// <summary>Events that pass the filter, oldest first.</summary>
    Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, EventFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>The numbers of all metric events of these steps whose names are asked for, by cursor.</summary>
    /// <param name="id">The job.</param>
    /// <param name="steps">First and last.</param>
    /// <param name="isWanted">Asked for each name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<IReadOnlyList<MetricValue>> ReadMetricsAsync(JobId id, StepRange steps, Func<string, bool> isWanted, CancellationToken cancellationToken);
}

/// <summary>Which events a list is to have.</summary>
/// <param name="AfterCursor">Only later ones.</param>
/// <param name="Kinds">Of <see cref="EventKinds"/>; empty: all.</param>
/// <param name="Steps">Of these steps.</param>
public sealed record EventFilter(long AfterCursor, IReadOnlyList<string> Kinds, StepRange Steps);

/// <summary>Steps from the first to the last, both included.</summary>
public readonly record struct StepRange(int First, int Last);

/// <summary>A number of a step.</summary>
public readonly record struct MetricValue(string Name, int Step, double Value);
