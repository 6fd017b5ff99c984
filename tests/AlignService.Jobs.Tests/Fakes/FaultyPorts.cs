using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A disk that is full: one call of those that write finds it so, and then a few times again.</summary>
internal sealed class StorageFaults(int atCall)
{
    public const int PerCall = 2;

    private int _calls;

    /// <summary>Faults that are still to come.</summary>
    public int LeftCount { get; private set; } = PerCall;

    public T Before<T>(Func<T> work, Func<Exception> fault)
    {
        if (LeftCount < PerCall || ++_calls == atCall)
        {
            if (LeftCount > 0)
            {
                LeftCount--;
                throw fault();
            }
        }

        return work();
    }

    public static Exception OfDisk() => new IOException("No space left on device", 28);

    public static Exception OfStore() => new StoreStorageException("the database cannot be written: database or disk is full", new IOException("SQLite Error 13"));
}

/// <summary>Store and disk that may be full.</summary>
internal static class FaultyPorts
{
    public static JobWorkerPorts Around(JobWorkerPorts inner, StorageFaults faults) => inner with
    {
        Leases = new Leases(inner.Leases, faults),
        Journal = new Journal(inner.Journal, faults),
        Checkpoints = new Files(inner.Checkpoints, faults),
        Rollouts = new RolloutPorts(new RolloutIndex(inner.Rollouts.Index, faults), new RolloutFiles(inner.Rollouts.Files, faults)),
    };

    private sealed class Leases(IJobLeases inner, StorageFaults faults) : IJobLeases
    {
        public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
            faults.Before(() => inner.ClaimAsync(id, workerId, duration, cancellationToken, place), StorageFaults.OfStore);

        public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) => inner.RenewAsync(lease, duration, cancellationToken);

        public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) => faults.Before(() => inner.ReleaseAsync(lease, cancellationToken), StorageFaults.OfStore);

        public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
            faults.Before(() => inner.TransitionAsync(lease, to, failure, reason, cancellationToken), StorageFaults.OfStore);

        public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) => throw new NotSupportedException();

        public Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> RequeueLostAsync(TimeSpan grace, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Journal(IJobJournal inner, StorageFaults faults) : IJobJournal
    {
        public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
            faults.Before(() => inner.AppendAsync(lease, completedSteps, totalSteps, events, cancellationToken), StorageFaults.OfStore);

        public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
            faults.Before(() => inner.AddCheckpointAsync(lease, checkpoint, cancellationToken), StorageFaults.OfStore);

        public Task<bool> RemoveCheckpointAsync(JobLease lease, int step, bool evenIfUsed, CancellationToken cancellationToken) =>
            faults.Before(() => inner.RemoveCheckpointAsync(lease, step, evenIfUsed, cancellationToken), StorageFaults.OfStore);

        public Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) => inner.ListCheckpointsAsync(id, cancellationToken);

        public Task<UsedCheckpoint?> FindModelAsync(JobId id, string reference, CancellationToken cancellationToken) => inner.FindModelAsync(id, reference, cancellationToken);

        public Task<UsedCheckpoint?> UseModelAsync(JobLease lease, string reference, UsedCheckpoint used, CancellationToken cancellationToken) =>
            faults.Before(() => inner.UseModelAsync(lease, reference, used, cancellationToken), StorageFaults.OfStore);

        public Task<IReadOnlyList<string>> ListUsedFoldersAsync(JobId source, CancellationToken cancellationToken) => inner.ListUsedFoldersAsync(source, cancellationToken);

        public Task<IReadOnlyList<AttemptRecord>> ListAttemptsAsync(JobId id, int limit, CancellationToken cancellationToken) => inner.ListAttemptsAsync(id, limit, cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
            inner.ReadMetricsAsync(id, key, lastStep, cancellationToken);

        public Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class RolloutIndex(IRolloutIndex inner, StorageFaults faults) : IRolloutIndex
    {
        public Task<IReadOnlyList<string>> RecordAsync(JobLease lease, RolloutEntry entry, int firstKeptStep, CancellationToken cancellationToken) =>
            faults.Before(() => inner.RecordAsync(lease, entry, firstKeptStep, cancellationToken), StorageFaults.OfStore);

        public Task<IReadOnlyList<string>> ListFilesAsync(JobId id, CancellationToken cancellationToken) => inner.ListFilesAsync(id, cancellationToken);

        public Task<IReadOnlyList<RolloutEntry>> ReadAsync(JobId id, RolloutFilter filter, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class RolloutFiles(IRolloutFiles inner, StorageFaults faults) : IRolloutFiles
    {
        public string Write(JobLease lease, StepRollouts rollouts) => faults.Before(() => inner.Write(lease, rollouts), StorageFaults.OfDisk);

        public void Remove(JobLease lease, IEnumerable<string> files) => Before(() => inner.Remove(lease, files));

        public void RemoveOthers(JobLease lease, IEnumerable<string> kept) => Before(() => inner.RemoveOthers(lease, kept));

        public Task<IReadOnlyList<(string Prompt, string Completion)>> ReadTextsAsync(JobId id, string file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<RolloutRecord>> ReadAsync(JobId id, string file, IReadOnlyList<int> rows, bool withTokens, CancellationToken cancellationToken) => throw new NotSupportedException();

        private void Before(Action work) => faults.Before(
            () =>
            {
                work();
                return true;
            },
            StorageFaults.OfDisk);
    }

    private sealed class Files(ICheckpointStore inner, StorageFaults faults) : ICheckpointStore
    {
        public JobCheckpoint Locate(JobId id, JobCheckpoint recorded) => inner.Locate(id, recorded);

        public void RemoveLeftovers(JobLease lease, IReadOnlyCollection<JobCheckpoint> recorded) => Before(() => inner.RemoveLeftovers(lease, recorded));

        public StagedCheckpoint Stage(JobLease lease, int step, double? score, Action<string> save) => faults.Before(() => inner.Stage(lease, step, score, save), StorageFaults.OfDisk);

        /// <summary>Fails when it has already happened, as a flush after the renaming does.</summary>
        public JobCheckpoint Publish(StagedCheckpoint staged)
        {
            JobCheckpoint published = inner.Publish(staged);
            return faults.Before(() => published, StorageFaults.OfDisk);
        }

        public void Remove(JobLease lease, JobCheckpoint checkpoint) => Before(() => inner.Remove(lease, checkpoint));

        public FileDamage? FindDamage(JobCheckpoint checkpoint, ManifestScope scope, CancellationToken cancellationToken) => inner.FindDamage(checkpoint, scope, cancellationToken);

        public void SetAside(JobLease lease, JobCheckpoint checkpoint) => Before(() => inner.SetAside(lease, checkpoint));

        public bool HoldsTrainerState(JobCheckpoint checkpoint) => inner.HoldsTrainerState(checkpoint);

        public JobCheckpoint Adopt(JobId id, JobCheckpoint checkpoint) => inner.Adopt(id, checkpoint);

        public void RemoveJob(JobId id) => Before(() => inner.RemoveJob(id));

        public void DropTrainerState(JobId id) => inner.DropTrainerState(id);

        public IReadOnlyList<JobId> ListTrainerStates() => inner.ListTrainerStates();

        public FoundCheckpoint Find(JobId id, string name) => inner.Find(id, name);

        private void Before(Action work) => faults.Before(
            () =>
            {
                work();
                return true;
            },
            StorageFaults.OfDisk);
    }
}
