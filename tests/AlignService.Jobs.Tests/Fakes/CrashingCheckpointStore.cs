using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A checkpoint store that a dying process uses.</summary>
internal sealed class CrashingCheckpointStore(ICheckpointStore inner, Crash crash) : ICheckpointStore
{
    public void RemoveLeftovers(JobId id, IReadOnlyCollection<int> recordedSteps) => crash.Around(() =>
    {
        inner.RemoveLeftovers(id, recordedSteps);
        return true;
    });

    public StagedCheckpoint Stage(JobId id, int step, double? score, Action<string> save) => crash.Around(() => inner.Stage(id, step, score, save));

    public JobCheckpoint Publish(StagedCheckpoint staged) => crash.Around(() => inner.Publish(staged));

    public void Remove(JobId id, int step) => crash.Around(() =>
    {
        inner.Remove(id, step);
        return true;
    });

    public string Find(JobId id, string name) => inner.Find(id, name);
}
