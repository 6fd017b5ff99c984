using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>Rollouts as a dying process keeps them.</summary>
internal static class CrashingRollouts
{
    public static RolloutPorts Around(RolloutPorts inner, Crash crash) => new(new Index(inner.Index, crash), new Files(inner.Files, crash));

    private sealed class Index(IRolloutIndex inner, Crash crash) : IRolloutIndex
    {
        public Task<IReadOnlyList<string>> RecordAsync(JobLease lease, RolloutEntry entry, int firstKeptStep, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.RecordAsync(lease, entry, firstKeptStep, cancellationToken));

        public Task<IReadOnlyList<string>> ListFilesAsync(JobId id, CancellationToken cancellationToken) => crash.AroundAsync(() => inner.ListFilesAsync(id, cancellationToken));

        public Task<IReadOnlyList<RolloutEntry>> ReadAsync(JobId id, RolloutFilter filter, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Files(IRolloutFiles inner, Crash crash) : IRolloutFiles
    {
        public string Write(JobLease lease, StepRollouts rollouts) => crash.Around(() => inner.Write(lease, rollouts));

        public void Remove(JobLease lease, IEnumerable<string> files) => Around(() => inner.Remove(lease, files));

        public void RemoveOthers(JobLease lease, IEnumerable<string> kept) => Around(() => inner.RemoveOthers(lease, kept));

        public Task<IReadOnlyList<(string Prompt, string Completion)>> ReadTextsAsync(JobId id, string file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<RolloutRecord>> ReadAsync(JobId id, string file, IReadOnlyList<int> rows, bool withTokens, CancellationToken cancellationToken) => throw new NotSupportedException();

        private void Around(Action work) => crash.Around(() =>
        {
            work();
            return true;
        });
    }
}
