using System.Data.Common;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>
/// Drops the trainer's state of ended jobs where their worker could not: it died just then, or the job ended without one. Jobs of other stores over the same data
/// root are left alone.
/// </summary>
public sealed class TrainerStateSweep(IJobCatalog catalog, ICheckpointStore checkpoints, TimeProvider time, ILogger<TrainerStateSweep> logger)
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
                await SweepAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException or JsonException)
            {
                // The next round tries again.
                SupervisorLog.SweepFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (JobId id in checkpoints.ListTrainerStates())
        {
            if (await catalog.FindAsync(id, cancellationToken) is { } job && JobTransition.IsEnd(job.State) && !job.IsHeldAt(time.GetUtcNow())
                && !job.Spec.Kind.Checkpoint.KeepsTrainerState(job.State))
            {
                checkpoints.DropTrainerState(id);
            }
        }
    }
}
