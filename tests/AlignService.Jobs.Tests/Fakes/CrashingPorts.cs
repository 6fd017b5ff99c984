using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>
/// The store as a dying process uses it: the worker's own calls may be its last. The catalogue is read by the lease's keeper on the side; when that happens is
/// not the worker's doing.
/// </summary>
internal static class CrashingPorts
{
    public static JobWorkerPorts Around(JobWorkerPorts inner, Crash crash) => new(
        inner.Catalog, new CrashingLeases(inner.Leases, crash), new CrashingJournal(inner.Journal, crash), new CrashingCheckpointStore(inner.Checkpoints, crash), CrashingRollouts.Around(inner.Rollouts, crash));

    private sealed class CrashingLeases(IJobLeases inner, Crash crash) : IJobLeases
    {
        public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
            crash.AroundAsync(() => inner.ClaimAsync(id, workerId, duration, cancellationToken, place));

        public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.RenewAsync(lease, duration, cancellationToken));

        public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.ReleaseAsync(lease, cancellationToken));

        public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.TransitionAsync(lease, to, failure, reason, cancellationToken));

        public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.PauseAsync(lease, reason, cancellationToken));

        public Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) => throw new NotSupportedException();

        public Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> RequeueLostAsync(TimeSpan grace, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class CrashingJournal(IJobJournal inner, Crash crash) : IJobJournal
    {
        public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.AppendAsync(lease, completedSteps, totalSteps, events, cancellationToken));

        public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.AppendAndPauseAsync(lease, completedSteps, totalSteps, events, cancellationToken));

        public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.RollBackAsync(lease, toStep, events, cancellationToken));

        public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.AddCheckpointAsync(lease, checkpoint, cancellationToken));

        public Task<bool> RemoveCheckpointAsync(JobLease lease, int step, bool evenIfUsed, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.RemoveCheckpointAsync(lease, step, evenIfUsed, cancellationToken));

        public Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.ListCheckpointsAsync(id, cancellationToken));

        public Task<UsedCheckpoint?> FindModelAsync(JobId id, string reference, CancellationToken cancellationToken) => inner.FindModelAsync(id, reference, cancellationToken);

        public Task<UsedCheckpoint?> UseModelAsync(JobLease lease, string reference, UsedCheckpoint used, CancellationToken cancellationToken) =>
            crash.AroundAsync(() => inner.UseModelAsync(lease, reference, used, cancellationToken));

        public Task<IReadOnlyList<string>> ListUsedFoldersAsync(JobId source, CancellationToken cancellationToken) => inner.ListUsedFoldersAsync(source, cancellationToken);

        public Task<IReadOnlyList<AttemptRecord>> ListAttemptsAsync(JobId id, int limit, CancellationToken cancellationToken) => inner.ListAttemptsAsync(id, limit, cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
            inner.ReadMetricsAsync(id, key, lastStep, cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
