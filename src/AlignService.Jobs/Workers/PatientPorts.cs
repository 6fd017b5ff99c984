using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Workers;

/// <summary>
/// The store as one job's worker uses it: where its disk is full or failing, a call waits. Every method is one transaction, so a call that failed changed nothing,
/// and one whose answer was lost changes nothing twice.
/// </summary>
internal static class PatientPorts
{
    private const string Record = "the job's record";

    public static JobWorkerPorts Around(JobWorkerPorts ports, StorageWait wait) => ports with
    {
        Leases = new Leases(ports.Leases, wait),
        Journal = new Journal(ports.Journal, wait),
    };

    private sealed class Leases(IJobLeases inner, StorageWait wait) : IJobLeases
    {
        public Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) => inner.ListRunnableAsync(limit, cancellationToken);

        public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
            wait.RunAsync(Record, () => inner.ClaimAsync(workerId, duration, cancellationToken, place), cancellationToken);

        public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
            wait.RunAsync(Record, () => inner.ClaimAsync(id, workerId, duration, cancellationToken, place), cancellationToken);

        public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.RenewAsync(lease, duration, cancellationToken), cancellationToken);

        public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.ReleaseAsync(lease, cancellationToken), cancellationToken);

        public Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.ExpireAsync(id, workerId, lost, cancellationToken), cancellationToken);

        public Task<int> RequeueLostAsync(TimeSpan grace, CancellationToken cancellationToken) => inner.RequeueLostAsync(grace, cancellationToken);

        public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.TransitionAsync(lease, to, failure, reason, cancellationToken), cancellationToken);

        public Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.TransitionAsync(id, from, to, failure, reason, cancellationToken), cancellationToken);

        public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.PauseAsync(lease, reason, cancellationToken), cancellationToken);
    }

    private sealed class Journal(IJobJournal inner, StorageWait wait) : IJobJournal
    {
        public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.AppendAsync(lease, completedSteps, totalSteps, events, cancellationToken), cancellationToken);

        public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.AppendAndPauseAsync(lease, completedSteps, totalSteps, events, cancellationToken), cancellationToken);

        public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.RollBackAsync(lease, toStep, events, cancellationToken), cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) =>
            inner.ReadEventsAsync(id, afterCursor, limit, cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
            inner.ReadMetricsAsync(id, key, lastStep, cancellationToken);

        public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.AddCheckpointAsync(lease, checkpoint, cancellationToken), cancellationToken);

        public Task<bool> RemoveCheckpointAsync(JobLease lease, int step, bool evenIfUsed, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.RemoveCheckpointAsync(lease, step, evenIfUsed, cancellationToken), cancellationToken);

        public Task<UsedCheckpoint?> FindModelAsync(JobId id, string reference, CancellationToken cancellationToken) => inner.FindModelAsync(id, reference, cancellationToken);

        public Task<UsedCheckpoint?> UseModelAsync(JobLease lease, string reference, UsedCheckpoint used, CancellationToken cancellationToken) =>
            wait.RunAsync(Record, () => inner.UseModelAsync(lease, reference, used, cancellationToken), cancellationToken);

        public Task<IReadOnlyList<string>> ListUsedFoldersAsync(JobId source, CancellationToken cancellationToken) => inner.ListUsedFoldersAsync(source, cancellationToken);

        public Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) => inner.ListCheckpointsAsync(id, cancellationToken);

        public Task<IReadOnlyList<AttemptRecord>> ListAttemptsAsync(JobId id, int limit, CancellationToken cancellationToken) => inner.ListAttemptsAsync(id, limit, cancellationToken);
    }
}
