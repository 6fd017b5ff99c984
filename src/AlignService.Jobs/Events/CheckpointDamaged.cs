using AlignService.HuggingFace.Integrity;
using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A checkpoint is not as it was written, so the job continues from an earlier one.</summary>
/// <param name="CheckpointStep">Completed steps of the damaged one.</param>
/// <param name="File">Its damaged file, relative to the checkpoint; empty where all of it is missing.</param>
/// <param name="Fault">What is wrong with the file.</param>
/// <param name="UsedStep">Completed steps of the one that is used; 0: the job begins again.</param>
public sealed record CheckpointDamaged(int CheckpointStep, string File, string Fault, int UsedStep) : JobEventBody
{
    internal override string Describe(int step, int totalSteps) =>
        $"the checkpoint of step {CheckpointStep} is damaged: {new FileDamage(File, Fault)}; "
        + (UsedStep > 0 ? $"the job continues from that of step {UsedStep}" : "there is no earlier one, so the job begins again");

    internal override LogSeverity GetSeverity() => LogSeverity.Warning;

    internal override void WriteTo(Wire.JobEvent wire, JobId id) => wire.CheckpointDamaged = new Wire.CheckpointDamaged
    {
        Checkpoint = $"{id.ResourceName}/checkpoints/{JobCheckpoint.NameOf(CheckpointStep)}",
        File = File,
        Fault = Fault,
        UsedStep = UsedStep,
    };
}
