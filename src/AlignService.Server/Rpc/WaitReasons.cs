using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Says what a job waits for that no worker is on.</summary>
internal sealed class WaitReasons(IJobCatalog catalog, TimeProvider time)
{
    /// <summary>Null where a worker is on it, or where none is needed.</summary>
    public async Task<Wire.JobWaiting?> ExplainAsync(Job job, CancellationToken cancellationToken)
    {
        if (!JobTransition.NeedsWorker(job.State) || job.IsHeldAt(time.GetUtcNow()))
        {
            return null;
        }

        foreach (JobId after in job.Spec.After)
        {
            if (await catalog.FindAsync(after, cancellationToken) is { State: not JobState.Succeeded } first)
            {
                return Waiting("AFTER", $"waits for {after.ResourceName} to succeed, which is {first.State.ToString().ToLowerInvariant()}");
            }
        }

        return Waiting("WORKER", job.Attempt == 0
            ? "waits for a worker: all are busy, or none is running (`align worker`, or `align serve` with --workers)"
            : "waits for a worker: the last one has gone, and another continues from the last checkpoint as soon as one is free");

        Wire.JobWaiting Waiting(string reason, string text) => new() { Reason = reason, Text = text, Since = Timestamp.FromDateTimeOffset(job.UpdateTime) };
    }
}
