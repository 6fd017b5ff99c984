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

    public Task<bool> RemoveCheckpointAsync(JobLease lease, int step, bool evenIfUsed, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                if (!evenIfUsed && await IsUsedAsync(session, job.Id, step))
                {
                    return false;
                }

                await CheckpointTable.RemoveAsync(session, job.Id, step);
                return true;
            },
            cancellationToken);

    public Task<UsedCheckpoint?> FindModelAsync(JobId id, string reference, CancellationToken cancellationToken) =>
        transactions.ReadAsync(session => ModelTable.FindAsync(session, id, reference), cancellationToken);

    public Task<UsedCheckpoint?> UseModelAsync(JobLease lease, string reference, UsedCheckpoint used, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                if (await ModelTable.FindAsync(session, job.Id, reference) is { } first)
                {
                    return first;
                }

                // The other job's row is locked while its worker removes a checkpoint: either this finds it gone, or that finds it used.
                if (await JobTable.ExistsAsync(session, used.Source))
                {
                    await _locks.LockAsync(session, used.Source);
                    if (await RecordedFolderAsync(session, used.Source, used.Step) != used.Folder)
                    {
                        return null;
                    }
                }

                await ModelTable.AddAsync(session, job.Id, reference, used);
                return used;
            },
            cancellationToken);

    public async Task<IReadOnlyList<string>> ListUsedFoldersAsync(JobId source, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => ModelTable.ListUsedAsync(session, source), cancellationToken);

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

    private static async Task<bool> IsUsedAsync(SqlSession session, JobId source, int step) =>
        await RecordedFolderAsync(session, source, step) is { } folder && (await ModelTable.ListUsedAsync(session, source)).Contains(folder);

    private static async Task<string?> RecordedFolderAsync(SqlSession session, JobId id, int step) =>
        (await CheckpointTable.ListAsync(session, id)).Find(checkpoint => checkpoint.Step == step) is { } recorded ? Path.GetFileName(recorded.Directory) : null;

    private async Task<Job> AppendAsync(SqlSession session, JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events)
    {
        Job job = await _locks.LockAsync(session, lease);
        await EventTable.AppendAsync(session, job, events, transactions.Now());
        await session.ExecuteAsync(Progress, ("id", job.Id.Value), ("completed", completedSteps), ("total", totalSteps), ("now", transactions.Now().ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job;
    }
}
