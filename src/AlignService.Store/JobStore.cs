using AlignService.Jobs.Ports;
using AlignService.Store.Sql;

namespace AlignService.Store;

/// <summary>
/// The durable record of jobs in a relational database: the only thing that the API and the workers share. Every method of its parts is one statement or one
/// transaction; races between processes are resolved by locking the job's row.
/// </summary>
public sealed class JobStore : IAsyncDisposable
{
    private readonly ISqlDialect _dialect;
    private readonly TimeProvider _time;
    private readonly SqlJobCatalog _catalog;

    internal JobStore(ISqlDialect dialect, TimeProvider time)
    {
        _dialect = dialect;
        _time = time;
        var transactions = new SqlTransactions(dialect, time);
        _catalog = new SqlJobCatalog(transactions);
        Leases = new SqlJobLeases(transactions);
        Journal = new SqlJobJournal(transactions);
    }

    public IJobCatalog Catalog => _catalog;

    public IJobLeases Leases { get; }

    public IJobJournal Journal { get; }

    /// <summary>Creates the schema or brings it up to date. Safe to call from any number of processes at once.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => new Migrator(_dialect, _time).MigrateAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _catalog.Dispose();
        return _dialect.DisposeAsync();
    }
}
