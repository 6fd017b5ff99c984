using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>Checkpoint directories of jobs. A directory that can be found is whole.</summary>
public interface ICheckpointStore
{
    /// <summary>Removes what a lost worker left of a job: half-written directories, and whole ones that were never recorded.</summary>
    void RemoveLeftovers(JobId id, IReadOnlyCollection<int> recordedSteps);

    /// <summary>Lets <paramref name="save"/> fill an empty directory that nobody can find yet, and brings it to the disk.</summary>
    StagedCheckpoint Stage(JobId id, int step, double? score, Action<string> save);

    /// <summary>Makes a staged checkpoint findable, in one step.</summary>
    JobCheckpoint Publish(StagedCheckpoint staged);

    /// <summary>Removes a checkpoint; nothing happens where it does not exist.</summary>
    void Remove(JobId id, int step);

    /// <summary>The directory of a job's checkpoint by name: step-NNNNNN, last, or best (the largest held-out reward; without any, the last).</summary>
    /// <exception cref="AlignService.CheckpointException">There is none of that name; the message lists those that exist.</exception>
    string Find(JobId id, string name);
}

/// <summary>A checkpoint that is on disk but not yet findable.</summary>
/// <param name="JobId">Whose it is.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">The hidden directory.</param>
/// <param name="CreateTime">When it was whole.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
public sealed record StagedCheckpoint(JobId JobId, int Step, string Directory, DateTimeOffset CreateTime, double? Score);
