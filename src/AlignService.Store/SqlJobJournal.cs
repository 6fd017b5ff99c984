using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>Events, progress and checkpoints of jobs in a relational database.</summary>
internal sealed class SqlJobJournal(SqlTransactions transactions) : IJobJournal
{
    private const string Progress =
        """
        UPDATE jobs SET total_steps = @total, completed_steps = CASE WHEN completed_steps < @completed THEN @completed ELSE completed_steps END, update_time = @now
        WHERE id = @id
        """;

    private const string RollBack = "UPDATE jobs SET rollback_count = rollback_count + 1, completed_steps = @step, update_time = @now WHERE id = @id";

    private readonly JobLocks _locks = new(transactions.Dialect);

    public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        transactions.WriteAsync(session => AppendAsync(session, lease, completedSteps, totalSteps, events), cancellationToken);

    public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session => await StateTable.RequestPauseAsync(
                session, await AppendAsync(session, lease, completedSteps, totalSteps, events), pause: true, transactions.Now()),
            cancellationToken);

    public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                await EventTable.AppendAsync(session, job, events, transactions.Now());
                await session.ExecuteAsync(RollBack, ("id", job.Id.Value), ("step", toStep), ("now", transactions.Now().ToMicroseconds()));
                session.MarkChanged(job.Id.Value);
            },
            cancellationToken);

    public async Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(
            async session =>
            {
                List<JobEvent> events = await EventTable.ReadAsync(session, id, afterCursor, limit);
                return events.Count > 0 || await JobTable.ExistsAsync(session, id) ? events : throw new JobNotFoundException(id);
            },
            cancellationToken);

    public async Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => EventTable.ReadMetricsAsync(session, id, key, lastStep), cancellationToken);

    public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                await CheckpointTable.AddAsync(session, job.Id, checkpoint);
                await EventTable.AppendAsync(session, job, [JobEvent.New(checkpoint.Step, "", new CheckpointWritten(checkpoint))], transactions.Now());
            },
            cancellationToken);

    public Task RemoveCheckpointAsync(JobLease lease, int step, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session => await CheckpointTable.RemoveAsync(session, (await _locks.LockAsync(session, lease)).Id, step),
            cancellationToken);

    public async Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(
            async session =>
            {
                List<JobCheckpoint> checkpoints = await CheckpointTable.ListAsync(session, id);
                return checkpoints.Count > 0 || await JobTable.ExistsAsync(session, id) ? checkpoints : throw new JobNotFoundException(id);
            },
            cancellationToken);

    public async Task<IReadOnlyList<AttemptRecord>> ListAttemptsAsync(JobId id, int limit, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => AttemptTable.ListAsync(session, id, limit), cancellationToken);

    private async Task<Job> AppendAsync(SqlSession session, JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events)
    {
        Job job = await _locks.LockAsync(session, lease);
        await EventTable.AppendAsync(session, job, events, transactions.Now());
        await session.ExecuteAsync(Progress, ("id", job.Id.Value), ("completed", completedSteps), ("total", totalSteps), ("now", transactions.Now().ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job;
    }
}
