using System.Data.Common;
using AlignService.Jobs.Ports;
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

    public Task NotifyAsync(SqlSession session) => session.ChangedJobs.Count == 0
        ? Task.CompletedTask
        : session.ExecuteAsync("SELECT pg_notify(@channel, job) FROM unnest(@jobs) AS job", ("channel", PostgresChangeSource.Channel), ("jobs", session.ChangedJobs.ToArray()));

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

/// <summary>Reads postgres://user:password@host:port/database?key=value, as in libpq.</summary>
internal static class PostgresUri
{
    public static string ToConnectionString(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
        {
            throw new StoreException("store begins with postgres:// but is not a URI; write postgres://user:password@host:port/database, with special characters percent-encoded.");
        }

        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host };
        if (uri.Port > 0)
        {
            builder.Port = uri.Port;
        }

        string[] user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        string database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length > 0)
        {
            builder.Database = database;
        }

        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            // libpq joins words without a space or with _; Npgsql's own names have spaces.
            string key = parts[0] == "sslmode" ? "SSL Mode" : parts[0].Replace('_', ' ');
            builder[key] = Uri.UnescapeDataString(parts.Length > 1 ? parts[1].Replace("verify-", "Verify", StringComparison.Ordinal) : "");
        }

        return builder.ToString();
    }
}
