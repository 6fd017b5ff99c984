using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Binding;
using AlignService.Specs.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Says what jobs wait for that no worker is on.</summary>
internal sealed class WaitReasons(IJobCatalog catalog, TimeProvider time)
{
    /// <summary>Of those that no worker is on although one is needed.</summary>
    public async Task<IReadOnlyDictionary<JobId, Wire.JobWaiting>> ExplainAsync(IReadOnlyList<Job> jobs, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        List<Job> waiting = [.. jobs.Where(job => JobTransition.NeedsWorker(job.State) && !job.IsHeldAt(now))];
        JobId[] after = [.. waiting.Where(job => job.Spec.After.Count > 0).Select(job => job.Id)];
        IReadOnlyDictionary<JobId, (JobId After, JobState State)> blockers =
            after.Length == 0 ? new Dictionary<JobId, (JobId, JobState)>() : await catalog.FindBlockersAsync(after, cancellationToken);
        return waiting.ToDictionary(job => job.Id, job => Explain(job, blockers.TryGetValue(job.Id, out (JobId After, JobState State) blocker) ? blocker : null, now));
    }

    private static Wire.JobWaiting Explain(Job job, (JobId After, JobState State)? blocker, DateTimeOffset now)
    {
        if (blocker is var (after, state))
        {
            return Waiting("AFTER", $"waits for {after.ResourceName} to succeed, which is {EnumNames.Spelled(state)}");
        }

        if (job.RetryTime > now)
        {
            return Waiting("RETRY", $"waits until {job.RetryTime.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss 'UTC'} for try {job.FailedAttempts + 1} of {job.Spec.Limits.MaxAttempts}; its events say why the last one failed");
        }

        return Waiting("WORKER", job.Attempt == 0
            ? "waits for a worker: all are busy, or none is running (`align worker`, or `align serve` with --workers)"
            : "waits for a worker: the last one has gone, and another continues from the last checkpoint as soon as one is free");

        Wire.JobWaiting Waiting(string reason, string text) => new() { Reason = reason, Text = text, Since = Timestamp.FromDateTimeOffset(job.UpdateTime) };
    }
}
