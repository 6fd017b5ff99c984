using AlignService.HuggingFace.Integrity;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// Checkpoint directories of jobs. A directory that can be found was complete when it was published. A worker that lost its lease removes nothing that a later one
/// wrote: every directory carries the token of its lease.
/// </summary>
public interface ICheckpointStore
{
    /// <summary>The recorded checkpoint with its directory on this machine, where the data root may be mounted elsewhere.</summary>
    JobCheckpoint Locate(JobId id, JobCheckpoint recorded);

    /// <summary>Removes what this worker and earlier ones left of a job: partial directories, and complete ones that are not recorded.</summary>
    void RemoveLeftovers(JobLease lease, IReadOnlyCollection<JobCheckpoint> recorded);

    /// <summary>Lets <paramref name="save"/> fill an empty hidden directory, adds its manifest, and flushes it to disk. Leaves nothing where it fails.</summary>
    StagedCheckpoint Stage(JobLease lease, int step, double? score, Action<string> save);

    /// <summary>Publishes a staged checkpoint atomically, beside whatever is there.</summary>
    JobCheckpoint Publish(StagedCheckpoint staged);

    /// <summary>Removes a checkpoint; does nothing where it does not exist.</summary>
    void Remove(JobLease lease, JobCheckpoint checkpoint);

    /// <summary>The first file that is not as it was written; null where the checkpoint can be used: as a model, or with everything, to train on from it.</summary>
    FileDamage? FindDamage(JobCheckpoint checkpoint, ManifestScope scope, CancellationToken cancellationToken);

    /// <summary>Renames a damaged checkpoint, so that nobody finds it, and people can look at it.</summary>
    void SetAside(JobLease lease, JobCheckpoint checkpoint);

    /// <summary>Deletes what only the trainer needs from the checkpoints of a job that has ended; the models stay.</summary>
    void DropTrainerState(JobId id);

    /// <summary>Jobs with checkpoints that hold a trainer's state.</summary>
    IReadOnlyList<JobId> ListTrainerStates();

    /// <summary>Removes everything of a job that was deleted; does nothing where nothing is left.</summary>
    void RemoveJob(JobId id);

    /// <summary>
    /// A job's checkpoint by name: step-NNNNNN, last, or best (the largest held-out reward; without evaluations, the last). Where last or best is damaged, the
    /// next in that order is found.
    /// </summary>
    /// <exception cref="AlignService.CheckpointException">There is no such checkpoint, or it is damaged; the message lists those that exist.</exception>
    FoundCheckpoint Find(JobId id, string name);
}

/// <summary>A checkpoint that is on disk but not yet published.</summary>
/// <param name="Lease">Under which it was written.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">The hidden directory.</param>
/// <param name="CreateTime">When it was completed.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
public sealed record StagedCheckpoint(JobLease Lease, int Step, string Directory, DateTimeOffset CreateTime, double? Score);

/// <summary>A checkpoint that was looked up by name.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">Undamaged.</param>
/// <param name="Warnings">Damaged ones that were passed over.</param>
public sealed record FoundCheckpoint(int Step, string Directory, IReadOnlyList<string> Warnings);
