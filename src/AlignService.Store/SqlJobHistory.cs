using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>The history of jobs in a relational database.</summary>
internal sealed class SqlJobHistory(SqlTransactions transactions) : IJobHistory
{
    public async Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, EventFilter filter, int limit, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => EventTable.ReadAsync(session, id, filter, limit), cancellationToken);

    public async Task<IReadOnlyList<MetricValue>> ReadMetricsAsync(JobId id, StepRange steps, Func<string, bool> isWanted, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => EventTable.ReadMetricsAsync(session, id, steps, isWanted), cancellationToken);
}
