using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A complete checkpoint is on disk.</summary>
public sealed record CheckpointWritten(JobCheckpoint Checkpoint) : JobEventBody
{
    internal override string Describe(int step, int totalSteps) => $"checkpoint of step {Checkpoint.Step}: {Checkpoint.Directory}";

    internal override void WriteTo(Wire.JobEvent wire, JobId id) => wire.Checkpoint = new Wire.CheckpointWritten { Checkpoint = Checkpoint.ToWire(id) };
}
