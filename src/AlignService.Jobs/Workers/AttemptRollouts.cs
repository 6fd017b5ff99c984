using System.Globalization;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Keeping rollouts: a step's are on disk and in the index before its events, progress and checkpoint are. A step that is done again replaces them, so that however often a job is resumed,
/// it has those of each step once. Whatever touches the disk does so on the training thread: a disk can hang.
/// </summary>
internal sealed class AttemptRollouts(AttemptContext context, RolloutPorts ports)
{
    private const string Folder = "the folder of rollouts";

    /// <summary>Waits where the disk takes nothing.</summary>
    public required StorageWait Storage { get; init; }

    /// <summary>Removes files that a worker wrote but could not record.</summary>
    public Task RemoveLeftoversAsync(CancellationToken cancellationToken) => Storage.RunAsync(
        Folder,
        async () =>
        {
            IReadOnlyList<string> recorded = await ports.Index.ListFilesAsync(context.Job.Id, cancellationToken);
            await context.OnThreadAsync(_ => ports.Files.RemoveOthers(context.Lease, recorded));
        },
        cancellationToken);

    public async Task KeepAsync(StepRollouts rollouts, CancellationToken cancellationToken)
    {
        string subject = string.Create(CultureInfo.InvariantCulture, $"the file with the rollouts of step {rollouts.Step}");
        string file = await Storage.RunAsync(subject, () => context.OnThreadAsync(_ => ports.Files.Write(context.Lease, rollouts)), cancellationToken);
        RolloutEntry entry = new(rollouts.Step, file, RolloutColumns.Of(rollouts));
        IReadOnlyList<string> replaced = await Storage.RunAsync(subject, () => ports.Index.RecordAsync(context.Lease, entry, rollouts.FirstKeptStep, cancellationToken), cancellationToken);
        if (replaced.Count > 0)
        {
            await Storage.RunAsync(Folder, () => context.OnThreadAsync(_ => ports.Files.Remove(context.Lease, replaced)), cancellationToken);
        }
    }
}
