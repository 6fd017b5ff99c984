using System.Data.Common;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>Removes the folders of deleted jobs: at once where somebody asks, and later where the process died or the disk refused.</summary>
public sealed class DeletedJobSweep(IJobCatalog catalog, ICheckpointStore checkpoints, TimeProvider time, ILogger<DeletedJobSweep> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Runs at once and every hour, until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                foreach (JobId id in await catalog.ListDeletedAsync(cancellationToken))
                {
                    await RemoveFolderAsync(id, cancellationToken);
                }
            }
            catch (DbException exception)
            {
                SupervisorLog.SweepFailed(logger, exception); // the next round tries again
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Removes the folder of a job whose records are gone; what cannot be removed now is left to the next round.</summary>
    public async Task RemoveFolderAsync(JobId id, CancellationToken cancellationToken)
    {
        try
        {
            checkpoints.RemoveJob(id);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            SupervisorLog.SweepFailed(logger, exception);
            return;
        }

        await catalog.ForgetDeletedAsync(id, cancellationToken);
    }
}
