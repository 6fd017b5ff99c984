using AlignService.Jobs.Ports;
using AlignService.Store.Access;
using AlignService.Store.Sql;
using Npgsql;

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
    private readonly AuditLog _audit;

    internal JobStore(ISqlDialect dialect, TimeProvider time)
    {
        _dialect = dialect;
        _time = time;
        var transactions = new SqlTransactions(dialect, time);
        _catalog = new SqlJobCatalog(transactions);
        Leases = new SqlJobLeases(transactions);
        Journal = new SqlJobJournal(transactions);
        Sources = new SqlJobSources(transactions);
        History = new SqlJobHistory(transactions);
        Rollouts = new SqlRolloutIndex(transactions);
        Access = new AccessStore(transactions);
        _audit = new AuditLog(transactions);
    }

    public IJobCatalog Catalog => _catalog;

    public IJobLeases Leases { get; }

    public IJobJournal Journal { get; }

    public IJobSources Sources { get; }

    public IJobHistory History { get; }

    public IRolloutIndex Rollouts { get; }

    public AccessStore Access { get; }

    public AuditLog Audit => _audit;

    /// <summary>Creates the schema or brings it up to date. Safe to call from any number of processes at once.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => new Migrator(_dialect, _time).MigrateAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _catalog.Dispose();
        _audit.Dispose();
        return _dialect.DisposeAsync();
    }
}

/// <summary>Opens the store of a connection string.</summary>
public static class StoreFactory
{
    /// <param name="connection">
    /// sqlite:PATH or a plain path; postgres://user:password@host:port/database (or postgresql://); or an Npgsql key=value string with Host.
    /// </param>
    /// <param name="time">The clock of leases and records.</param>
    /// <exception cref="StoreException">The string names neither database.</exception>
    public static JobStore Open(string connection, TimeProvider time) => new JobStore(DialectOf(connection.Trim(), time), time);

    private static ISqlDialect DialectOf(string connection, TimeProvider time)
    {
        if (connection.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase) && connection.Length > "sqlite:".Length)
        {
            return new SqliteDialect(connection["sqlite:".Length..], time);
        }

        if (connection.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || connection.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
        {
            return Postgres(PostgresUri.ToConnectionString(connection), time);
        }

        if (connection.Contains('='))
        {
            return Postgres(connection, time);
        }

        bool isPath = connection.Length > 0 && !connection.Contains("://", StringComparison.Ordinal) && !connection.EndsWith(':');
        return isPath ? new SqliteDialect(connection, time) : throw new StoreException(
            $"store is '{connection}'; it must be a path or sqlite:PATH (SQLite), or postgres://user:password@host:port/database or Host=...;Database=... (PostgreSQL).");
    }

    private static PostgresDialect Postgres(string keyValues, TimeProvider time)
    {
        try
        {
            if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(keyValues).Host))
            {
                throw new StoreException("store is a key=value string without Host; write Host=...;Database=...;Username=...;Password=..., or sqlite:PATH for SQLite.");
            }

            return new PostgresDialect(keyValues, time);
        }
        catch (ArgumentException exception)
        {
            // The text may hold a password: it is not repeated.
            throw new StoreException($"store cannot be read as a PostgreSQL connection: {exception.Message}; write Host=...;Database=..., or sqlite:PATH for SQLite.", exception);
        }
    }
}
