using System.Diagnostics;
using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Checkpointing: finds the checkpoint to start from, writes checkpoints when due, and removes those that the job no longer keeps. A directory is published only
/// when complete, recorded after that, and removed from the record before it is deleted. Whatever touches the disk does so on the training thread: a disk can hang, too.
/// </summary>
internal sealed class AttemptCheckpoints(AttemptContext context, JobWorkerPorts ports, TimeSpan leaseDuration, TimeProvider time)
{
    private const string Folder = "the folder of checkpoints";

    private readonly ICheckpointStore _files = ports.Checkpoints;
    private int _savedStep;
    private bool _isDue;

    /// <summary>Waits where the disk takes nothing.</summary>
    public required StorageWait Storage { get; init; }

    /// <summary>Whether steps were done since the last checkpoint.</summary>
    public bool HasUnsavedSteps => context.CompletedSteps > _savedStep;

    /// <summary>The step that the run continues from, which is on disk or the start.</summary>
    public void StartAt(int step) => _savedStep = step;

    /// <summary>The last recorded checkpoint of which every file is as it was written; damaged ones are reported, and kept out of the way by <see cref="DiscardAsync"/>.</summary>
    public Task<StartPoint> FindStartAsync(CancellationToken cancellationToken) => Storage.RunAsync(Folder, () => FindStartOnceAsync(cancellationToken), cancellationToken);

    /// <summary>Takes damaged checkpoints, once they are reported, out of the record, so that none of them is last or best.</summary>
    public async Task DiscardAsync(IReadOnlyList<DamagedCheckpoint> damaged, CancellationToken cancellationToken)
    {
        foreach ((JobCheckpoint checkpoint, _) in damaged)
        {
            await context.Journal.RemoveCheckpointAsync(context.Lease, checkpoint.Step, evenIfUsed: true, cancellationToken);
            await Storage.RunAsync(Folder, () => context.OnThreadAsync(_ => _files.SetAside(context.Lease, checkpoint)), cancellationToken);
        }
    }

    /// <summary>Saves after the last step and an early stop; otherwise where a checkpoint is due or the score is a new best, unless the step is suspect.</summary>
    public async Task AfterStepAsync(AttemptEvaluations evaluations, bool isSuspect, CancellationToken cancellationToken)
    {
        _isDue |= context.CompletedSteps % context.Job.Spec.Kind.Checkpoint.EverySteps == 0;
        bool isLast = context.IsDone || evaluations.StopReason is not null;
        if (isLast || (!isSuspect && (_isDue || await IsNewBestAsync(evaluations.Score, cancellationToken))))
        {
            await SaveAsync(evaluations.Score, cancellationToken);
        }
    }

    /// <param name="score">Held-out score of the current weights, where they were evaluated.</param>
    /// <param name="cancellationToken">The work must stop at once.</param>
    public async Task SaveAsync(double? score, CancellationToken cancellationToken)
    {
        using Activity? span = JobDiagnostics.StartCheckpoint();
        long start = time.GetTimestamp();
        int step = context.CompletedSteps;
        IReadOnlyList<LogMessage> messages = [];
        await Storage.RunAsync($"the checkpoint of step {step}", () => WriteAsync(step, score, (run, directory) => messages = run.SaveCheckpoint(directory), cancellationToken), cancellationToken);
        (_savedStep, _isDue) = (step, false);

        JobEvent duration = context.Events.OfCheckpointTime(step, time.GetElapsedTime(start));
        await context.AppendAsync([duration, .. context.Events.OfCheckpoint(step, messages)], cancellationToken);
        context.Instruments.Record(((MetricPoints)duration.Body).Values);
        await Storage.RunAsync(Folder, () => TidyAsync(cancellationToken), cancellationToken);
    }

    private async Task WriteAsync(int step, double? score, Action<ITrainingRun, string> save, CancellationToken cancellationToken)
    {
        StagedCheckpoint staged = await context.OnThreadAsync(run => _files.Stage(context.Lease, step, score, directory => save(run, directory)));

        // Writing may have taken longer than the lease lasted: a worker that lost it must not touch what the next worker writes.
        await ports.Leases.RenewAsync(context.Lease, leaseDuration, cancellationToken);
        JobCheckpoint published = await context.OnThreadAsync(_ => _files.Publish(staged));
        await context.Journal.AddCheckpointAsync(context.Lease, published, cancellationToken);
    }

    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        List<JobCheckpoint> recorded = await ListAsync(cancellationToken);
        await RemoveSurplusAsync(recorded, cancellationToken);

        // A directory of the same step, from before a rollback or from a worker that lost its lease.
        await RemoveLeftoversAsync(recorded, cancellationToken);
    }

    /// <summary>What is neither recorded nor the start of another job that has not ended: that began with it before a rollback here.</summary>
    private async Task RemoveLeftoversAsync(IReadOnlyList<JobCheckpoint> recorded, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> used = await context.Journal.ListUsedFoldersAsync(context.Job.Id, cancellationToken);
        await context.OnThreadAsync(_ => _files.RemoveLeftovers(context.Lease, [.. recorded, .. used.Select(folder => new JobCheckpoint(0, folder, default, null))]));
    }

    private async Task<StartPoint> FindStartOnceAsync(CancellationToken cancellationToken)
    {
        List<JobCheckpoint> recorded = await ListAsync(cancellationToken);
        await RemoveLeftoversAsync(recorded, cancellationToken);
        List<DamagedCheckpoint> damaged = [];
        while (CheckpointSelection.Last(recorded) is { } last)
        {
            if (await context.OnThreadAsync(_ => _files.FindDamage(last, ManifestScope.Everything, cancellationToken)) is not { } damage)
            {
                break;
            }

            damaged.Add(new DamagedCheckpoint(last, damage));
            recorded.Remove(last);
        }

        await RemoveSurplusAsync(recorded, cancellationToken);
        return new StartPoint(CheckpointSelection.Last(recorded), damaged);
    }

    /// <summary>Based on the records, so the next worker decides the same.</summary>
    private async Task<bool> IsNewBestAsync(double? score, CancellationToken cancellationToken) =>
        context.Job.Spec.Kind.Checkpoint.SaveBest && score is { } known
        && CheckpointSelection.IsNewBest(await context.Journal.ListCheckpointsAsync(context.Job.Id, cancellationToken), known);

    private async Task RemoveSurplusAsync(List<JobCheckpoint> all, CancellationToken cancellationToken)
    {
        foreach (JobCheckpoint surplus in CheckpointSelection.Surplus(all, context.Job.Spec.Kind.Checkpoint.Keep))
        {
            if (await context.Journal.RemoveCheckpointAsync(context.Lease, surplus.Step, evenIfUsed: false, cancellationToken))
            {
                await context.OnThreadAsync(_ => _files.Remove(context.Lease, surplus));
                all.Remove(surplus);
            }
        }
    }

    private async Task<List<JobCheckpoint>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await context.Journal.ListCheckpointsAsync(context.Job.Id, cancellationToken)).Select(checkpoint => _files.Locate(context.Job.Id, checkpoint))];
}

/// <summary>Where an attempt begins.</summary>
/// <param name="Checkpoint">Null: at the start.</param>
/// <param name="Damaged">Later checkpoints that cannot be used.</param>
internal sealed record StartPoint(JobCheckpoint? Checkpoint, IReadOnlyList<DamagedCheckpoint> Damaged);

/// <summary>A recorded checkpoint that is not as it was written.</summary>
internal sealed record DamagedCheckpoint(JobCheckpoint Checkpoint, FileDamage Damage);
