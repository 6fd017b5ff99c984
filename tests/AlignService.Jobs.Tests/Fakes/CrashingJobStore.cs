using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A store that a dying process uses: the worker's own calls may be its last.</summary>
internal sealed class CrashingJobStore(IJobStore inner, Crash crash) : IJobStore
{
    public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.ClaimAsync(id, workerId, duration, cancellationToken));

    public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.RenewAsync(lease, duration, cancellationToken));

    public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.ReleaseAsync(lease, cancellationToken));

    public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.TransitionAsync(lease, to, failure, reason, cancellationToken));

    public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.AppendAsync(lease, completedSteps, totalSteps, events, cancellationToken));

    public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.AppendAndPauseAsync(lease, completedSteps, totalSteps, events, cancellationToken));

    public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.RollBackAsync(lease, toStep, events, cancellationToken));

    public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.AddCheckpointAsync(lease, checkpoint, cancellationToken));

    public Task RemoveCheckpointAsync(JobLease lease, int step, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.RemoveCheckpointAsync(lease, step, cancellationToken));

    public Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.ListCheckpointsAsync(id, cancellationToken));

    public Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
        inner.ReadMetricsAsync(id, key, lastStep, cancellationToken);

    public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) =>
        crash.AroundAsync(() => inner.PauseAsync(lease, reason, cancellationToken));

    // Reading is what the lease's keeper does by the side; when it happens is not the worker's doing.
    public Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken) => inner.FindByRequestAsync(requestId, spec, cancellationToken);

    public Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

    public Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken) => inner.FollowAsync(id, cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobPage> ListAsync(IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task EndLeaseAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> SettleAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
