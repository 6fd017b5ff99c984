using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Forks;

/// <summary>
/// Takes a checkpoint with its trainer's state over for a new job, at once: what becomes of the forked job afterwards, which may train on, prune its checkpoints or be
/// deleted, does not matter to the fork.
/// </summary>
public sealed class ForkedStates(IJobCatalog catalog, IJobJournal journal, ICheckpointStore checkpoints)
{
    /// <summary>A copy that takes longer than this may be swept away; files are linked where the disk allows.</summary>
    private static readonly TimeSpan LongestCopy = TimeSpan.FromHours(6);

    /// <param name="id">The new job, which does not exist yet.</param>
    /// <param name="source">The forked job.</param>
    /// <param name="checkpoint">One of its checkpoints.</param>
    /// <param name="cancellationToken">Checked before the copy.</param>
    /// <exception cref="CheckpointException">It has no trainer's state, or was removed meanwhile.</exception>
    public async Task<ForkedState> TakeAsync(JobId id, Job source, JobCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        IReadOnlyList<JobEvent> evaluations = await journal.ReadMetricsAsync(source.Id, RunEvents.EvaluationKey, checkpoint.Step, cancellationToken);
        await catalog.ReserveFolderAsync(id, LongestCopy, cancellationToken);
        JobCheckpoint own = await Task.Run(() => checkpoints.Adopt(id, checkpoint), cancellationToken);
        return new ForkedState(source.Id, own, source.RollbackCount, evaluations);
    }

    /// <summary>Removes what was taken over for a job that was not created after all.</summary>
    public async Task GiveUpAsync(JobId id)
    {
        checkpoints.RemoveJob(id);
        await catalog.ForgetDeletedAsync(id, CancellationToken.None);
    }
}
