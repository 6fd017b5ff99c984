using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A checkpoint store that a dying process uses.</summary>
internal sealed class CrashingCheckpointStore(ICheckpointStore inner, Crash crash) : ICheckpointStore
{
    public JobCheckpoint Locate(JobId id, JobCheckpoint recorded) => inner.Locate(id, recorded);

    public void RemoveLeftovers(JobLease lease, IReadOnlyCollection<JobCheckpoint> recorded) => Around(() => inner.RemoveLeftovers(lease, recorded));

    /// <summary>Staging has phases of its own: the process may also die while the files are written, and leave them.</summary>
    public StagedCheckpoint Stage(JobLease lease, int step, double? score, Action<string> save) => crash.Around(() => inner.Stage(lease, step, score, save));

    public JobCheckpoint Publish(StagedCheckpoint staged) => crash.Around(() => inner.Publish(staged));

    public void Remove(JobLease lease, JobCheckpoint checkpoint) => Around(() => inner.Remove(lease, checkpoint));

    public FileDamage? FindDamage(JobCheckpoint checkpoint, ManifestScope scope, CancellationToken cancellationToken) => crash.Around(() => inner.FindDamage(checkpoint, scope, cancellationToken));

    public void SetAside(JobLease lease, JobCheckpoint checkpoint) => Around(() => inner.SetAside(lease, checkpoint));

    public void RemoveJob(JobId id) => Around(() => inner.RemoveJob(id));

    public void DropTrainerState(JobId id) => Around(() => inner.DropTrainerState(id));

    public IReadOnlyList<JobId> ListTrainerStates() => inner.ListTrainerStates();

    public FoundCheckpoint Find(JobId id, string name) => inner.Find(id, name);

    private void Around(Action work) => crash.Around(() =>
    {
        work();
        return true;
    });
}
