using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Rpc;

/// <summary>Pauses a job and waits until nothing of it runs any more.</summary>
internal sealed class JobPause(IJobStore store, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns the paused job once its worker's process has gone; or as it is, where it ended first or somebody took the pause back. The request stays when the
    /// caller gives up waiting.
    /// </summary>
    public async Task<Job> PauseAsync(JobId id, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using IJobChanges changes = await store.FollowAsync(id, stop.Token);
        Job job = await store.RequestPauseAsync(id, stop.Token);
        while (job.PauseRequested || (!JobTransition.NeedsWorker(job.State) && IsHeld(job)))
        {
            await changes.WaitAsync(LongestWait, stop.Token);
            if (!IsHeld(job))
            {
                // Its worker was lost, and there may be no supervisor to notice.
                await store.SettleAsync(stop.Token);
            }

            job = await store.FindAsync(id, stop.Token) ?? throw new JobNotFoundException(id);
        }

        return job;
    }

    private bool IsHeld(Job job) => job.Lease is { } lease && lease.ExpiresAt > time.GetUtcNow();
}
