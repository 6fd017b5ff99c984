using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>Checkpoint directories of jobs. A directory that can be found is complete.</summary>
public interface ICheckpointStore
{
    /// <summary>Removes what a lost worker left of a job: partial directories, and complete ones that were never recorded.</summary>
    void RemoveLeftovers(JobId id, IReadOnlyCollection<int> recordedSteps);

    /// <summary>Lets <paramref name="save"/> fill an empty hidden directory, and flushes it to disk.</summary>
    StagedCheckpoint Stage(JobId id, int step, double? score, Action<string> save);

    /// <summary>Publishes a staged checkpoint atomically.</summary>
    JobCheckpoint Publish(StagedCheckpoint staged);

    /// <summary>Removes a checkpoint; does nothing where it does not exist.</summary>
    void Remove(JobId id, int step);

    /// <summary>The directory of a job's checkpoint by name: step-NNNNNN, last, or best (the largest held-out reward; without evaluations, the last).</summary>
    /// <exception cref="AlignService.CheckpointException">There is no such checkpoint; the message lists those that exist.</exception>
    string Find(JobId id, string name);
}

/// <summary>A checkpoint that is on disk but not yet published.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">The hidden directory.</param>
/// <param name="CreateTime">When it was completed.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
public sealed record StagedCheckpoint(JobId JobId, int Step, string Directory, DateTimeOffset CreateTime, double? Score);
