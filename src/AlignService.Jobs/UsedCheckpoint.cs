using AlignService.Specs.Resources;

namespace AlignService.Jobs;

/// <summary>A checkpoint of another job that a job has begun with.</summary>
/// <param name="Source">Whose checkpoint it is.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Folder">Name of its directory: after a rollback there can be others of the same step.</param>
public sealed record UsedCheckpoint(JobId Source, int Step, string Folder)
{
    /// <summary>As a checkpoint of its job; where it is, the checkpoint store says.</summary>
    internal JobCheckpoint AsRecorded => new(Step, Folder, default, null);

    public override string ToString() => $"{Source.ResourceName}/checkpoints/{JobCheckpoint.NameOf(Step)}";
}
