namespace AlignService.Jobs.Events;

/// <summary>A checkpoint is on disk, whole.</summary>
public sealed record CheckpointWritten(JobCheckpoint Checkpoint) : JobEventBody;
