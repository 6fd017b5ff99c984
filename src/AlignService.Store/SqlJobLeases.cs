using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>Leases of jobs in a relational database.</summary>
internal sealed class SqlJobLeases(SqlTransactions transactions) : IJobLeases
{
    private readonly JobLocks _locks = new(transactions.Dialect);

    public async Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => JobTable.RunnableAsync(session, transactions.Now(), limit), cancellationToken);

    public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
        ClaimAnyAsync(null, (workerId, place), duration, cancellationToken);

    public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null) =>
        ClaimAnyAsync(id, (workerId, place), duration, cancellationToken);

    public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                DateTimeOffset expires = (transactions.Now() + duration).ToMicroseconds().ToTime();
                if (await LeaseTable.RenewAsync(session, lease, transactions.Now(), expires) is { } cancelRequested)
                {
                    return new LeaseRenewal(lease with { ExpiresAt = expires }, cancelRequested);
                }

                Job job = await JobTable.FindAsync(session, lease.JobId) ?? throw new JobNotFoundException(lease.JobId);
                throw JobLocks.Lost(lease, job.Lease);
            },
            cancellationToken);

    public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session => await StateTable.LeaveAsync(session, await _locks.LockAsync(session, lease), lost: false, transactions.Now()),
            cancellationToken);

    public Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (job.Lease?.WorkerId == workerId)
                {
                    await StateTable.LeaveAsync(session, job, lost, transactions.Now());
                }
            },
            cancellationToken);

    public async Task<int> RequeueLostAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        // Almost always there is none, and a transaction that writes would hold up others for nothing.
        if (!await transactions.ReadAsync(session => JobLocks.AreAnyLeftAsync(session, transactions.Now() - grace), cancellationToken))
        {
            return 0;
        }

        return await transactions.WriteAsync(
            async session =>
            {
                DateTimeOffset now = transactions.Now();
                List<Job> left = await _locks.LockLeftAsync(session, now - grace);
                foreach (Job job in left)
                {
                    await StateTable.LeaveAsync(session, job, lost: job.Lease is not null, now);
                }

                return left.Count;
            },
            cancellationToken);
    }

    public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session => await StateTable.MoveAsync(session, await _locks.LockAsync(session, lease), to, failure, reason, transactions.Now()),
            cancellationToken);

    public Task<Job> TransitionAsync(
        JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (job.State != from)
                {
                    throw new InvalidTransitionException($"{id.ResourceName} is {job.State.ToText()}, not {from.ToText()}; reload it.");
                }

                DateTimeOffset now = transactions.Now();
                return job.IsHeldAt(now)
                    ? throw new InvalidTransitionException($"{id.ResourceName} is held by worker {job.Lease.WorkerId} until {job.Lease.ExpiresAt:O}; only that worker can change its state.")
                    : await StateTable.MoveUnheldAsync(session, job, to, failure, reason, now);
            },
            cancellationToken);

    public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                return job.PauseRequested ? await StateTable.MoveAsync(session, job, JobState.Paused, null, reason, transactions.Now()) : job;
            },
            cancellationToken);

    private Task<JobLease?> ClaimAnyAsync(JobId? id, (string WorkerId, WorkerPlace? Place) worker, TimeSpan duration, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session => await _locks.LockRunnableAsync(session, id, transactions.Now()) is { } job
                ? await LeaseTable.TakeAsync(session, job, worker, transactions.Now(), duration)
                : null,
            cancellationToken);
}
