using System.Data.Common;
using AlignService.Store.Changes;
using Npgsql;

namespace AlignService.Store.Sql;

/// <summary>PostgreSQL: row locks, and NOTIFY to wake followers.</summary>
internal sealed class PostgresDialect : ISqlDialect
{
    // Any number that nothing else in the database locks: "align" in ASCII.
    private const long SchemaLock = 0x616C69676E;
    private const long CreationLock = SchemaLock + 1;

    private readonly NpgsqlDataSource _source;

    public PostgresDialect(string connectionString, TimeProvider time)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.ApplicationName ??= "align";
        if (builder.KeepAlive == 0)
        {
            // Seconds: a listener must notice a dead server without asking anything.
            builder.KeepAlive = 30;
        }

        _source = NpgsqlDataSource.Create(builder);
        Changes = new PostgresChangeSource(_source, time);
    }

    public string LockRow => " FOR UPDATE OF j";

    public string LockFreeRows => " FOR UPDATE OF j SKIP LOCKED";

    public IChangeSource Changes { get; }

    public bool IsStorageFault(DbException exception) => exception.SqlState is PostgresErrorCodes.DiskFull or PostgresErrorCodes.IoError;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<SqlSession> BeginReadAsync(CancellationToken cancellationToken) => BeginAsync(cancellationToken);

    public Task<SqlSession> BeginWriteAsync(CancellationToken cancellationToken) => BeginAsync(cancellationToken);

    public Task LockSchemaAsync(SqlSession session) => session.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", ("key", SchemaLock));

    public Task LockCreationAsync(SqlSession session) => session.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", ("key", CreationLock));

    public async Task NotifyAsync(SqlSession session)
    {
        foreach (string job in session.ChangedJobs)
        {
            await session.ExecuteAsync("SELECT pg_notify(@channel, @job)", ("channel", PostgresChangeSource.Channel), ("job", job));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Changes.DisposeAsync();
        await _source.DisposeAsync();
    }

    private async Task<SqlSession> BeginAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            return new SqlSession(connection, await connection.BeginTransactionAsync(cancellationToken), cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
