using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Rpc;

/// <summary>Cancels or pauses a job and waits until its worker has exited. The request stays in effect if the caller stops waiting.</summary>
internal sealed class JobInterruption(CallerCatalog catalog, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Returns the ended job once its worker's process has exited.</summary>
    public Task<Job> CancelAsync(JobId id, CancellationToken cancellationToken) =>
        RequestAsync(id, catalog.RequestCancelAsync, job => !JobTransition.IsEnd(job.State) || IsHeld(job), cancellationToken);

    /// <summary>
    /// Returns the paused job once its worker's process has exited; or its current state, if it ended first or the pause was withdrawn.
    /// </summary>
    public Task<Job> PauseAsync(JobId id, CancellationToken cancellationToken) =>
        RequestAsync(
            id, catalog.RequestPauseAsync, job => job.PauseRequested || (!JobTransition.NeedsWorker(job.State) && IsHeld(job)), cancellationToken);

    private async Task<Job> RequestAsync(
        JobId id, Func<JobId, CancellationToken, Task<Job>> request, Func<Job, bool> isPending, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using IJobChanges changes = await catalog.FollowAsync(id, stop.Token);
        Job job = await request(id, stop.Token);
        while (isPending(job))
        {
            await changes.WaitAsync(LongestWait, stop.Token);
            if (!IsHeld(job))
            {
                // Its worker was lost, and there may be no supervisor to notice.
                await catalog.ReconcileAsync(stop.Token);
            }

            job = await catalog.GetAsync(id, stop.Token);
        }

        return job;
    }

    private bool IsHeld(Job job) => job.IsHeldAt(time.GetUtcNow());
}
