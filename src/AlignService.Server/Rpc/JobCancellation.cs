using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Rpc;

/// <summary>Cancels a job and waits until nothing of it runs any more.</summary>
internal sealed class JobCancellation(IJobStore store, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Returns the ended job once its worker's process has gone. The request stays when the caller gives up waiting.</summary>
    public async Task<Job> CancelAsync(JobId id, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using IJobChanges changes = await store.FollowAsync(id, stop.Token);
        Job job = await store.RequestCancelAsync(id, stop.Token);
        while (!HasGone(job))
        {
            await changes.WaitAsync(LongestWait, stop.Token);
            if (!IsHeld(job))
            {
                // Its worker was lost for good, and there may be no supervisor to notice.
                await store.SettleAsync(stop.Token);
            }

            job = await store.FindAsync(id, stop.Token) ?? throw new JobNotFoundException(id);
        }

        return job;
    }

    private bool HasGone(Job job) => JobTransition.IsEnd(job.State) && !IsHeld(job);

    private bool IsHeld(Job job) => job.Lease is { } lease && lease.ExpiresAt > time.GetUtcNow();
}
