using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>The index of rollouts in a relational database.</summary>
internal sealed class SqlRolloutIndex(SqlTransactions transactions) : IRolloutIndex
{
    private readonly JobLocks _locks = new(transactions.Dialect);

    public Task<IReadOnlyList<string>> RecordAsync(JobLease lease, RolloutEntry entry, int firstKeptStep, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                return await RolloutIndexTable.ReplaceAsync(session, job.Id, entry, firstKeptStep);
            },
            cancellationToken);

    public async Task<IReadOnlyList<string>> ListFilesAsync(JobId id, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => RolloutIndexTable.ListFilesAsync(session, id), cancellationToken);

    public async Task<IReadOnlyList<RolloutEntry>> ReadAsync(JobId id, RolloutFilter filter, int limit, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => RolloutIndexTable.ReadAsync(session, id, filter, limit), cancellationToken);
}
