using System.Data.Common;
using AlignService.Jobs.Ports;
using AlignService.Store.Changes;

namespace AlignService.Store.Sql;

/// <summary>One transaction on one connection. Rolled back unless committed.</summary>
internal sealed class SqlSession(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly HashSet<string> _changedJobs = [];

    /// <summary>Jobs that this transaction changed, to notify their followers.</summary>
    public IReadOnlyCollection<string> ChangedJobs => _changedJobs;

    public void MarkChanged(string jobId) => _changedJobs.Add(jobId);

    /// <summary>Returns the number of rows.</summary>
    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using DbCommand command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params (string Name, object? Value)[] parameters)
    {
        await using DbCommand command = Command(sql, parameters);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    /// <summary>Inserts all rows by one statement, which costs little more than one row's.</summary>
    /// <param name="into">Table and columns: <c>jobs (id, spec)</c>.</param>
    /// <param name="rows">At least one; a value for each column.</param>
    public Task InsertAsync(string into, IReadOnlyList<object?[]> rows) => ExecuteAsync(InsertOf(into, rows), ParametersOf(rows));

    /// <summary>As the other, for what the statement returns.</summary>
    public Task<List<T>> InsertAsync<T>(string into, IReadOnlyList<object?[]> rows, string end, Func<DbDataReader, T> map) =>
        QueryAsync($"{InsertOf(into, rows)} {end}", map, ParametersOf(rows));

    public Task CommitAsync() => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static string InsertOf(string into, IReadOnlyList<object?[]> rows) =>
        $"INSERT INTO {into} VALUES {string.Join(", ", rows.Select((row, y) => $"({string.Join(", ", row.Select((_, x) => $"@v{y}_{x}"))})"))}";

    private static (string Name, object? Value)[] ParametersOf(IReadOnlyList<object?[]> rows) => [.. rows.SelectMany((row, y) => row.Select((value, x) => ($"v{y}_{x}", value)))];

    private DbCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        // Every statement is made of constants of this project; values travel as parameters.
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>Times as stored in both databases: microseconds since 1970, UTC.</summary>
internal static class SqlTime
{
    public static long ToMicroseconds(this DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static long ToMicroseconds(this TimeSpan duration) => duration.Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(this long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    public static TimeSpan ToDuration(this long microseconds) => TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}

/// <summary>Texts as columns of both databases hold them.</summary>
internal static class SqlText
{
    /// <summary>PostgreSQL has no text with NUL.</summary>
    public static string ToSearchable(this string text) => text.Replace('\0', '\uFFFD');
}

/// <summary>Runs work in its own transactions; changes are announced after the commit.</summary>
internal sealed class SqlTransactions(ISqlDialect dialect, TimeProvider time)
{
    public ISqlDialect Dialect => dialect;

    public DateTimeOffset Now() => time.GetUtcNow();

    public async Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await using SqlSession session = await dialect.BeginReadAsync(cancellationToken);
        return await work(session);
    }

    public async Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using SqlSession session = await dialect.BeginWriteAsync(cancellationToken);
            T result = await work(session);
            await dialect.NotifyAsync(session);
            await session.CommitAsync();
            dialect.Changes.Changed(session.ChangedJobs);
            return result;
        }
        catch (DbException exception) when (dialect.IsStorageFault(exception))
        {
            throw new StoreStorageException($"the database cannot be written: {exception.Message}", exception);
        }
    }

    public Task WriteAsync(Func<SqlSession, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                await work(session);
                return true;
            },
            cancellationToken);
}

/// <summary>The differences between the two databases.</summary>
internal interface ISqlDialect : IAsyncDisposable
{
    /// <summary>Appended to a SELECT of jobs `j`: locks its row until the transaction ends.</summary>
    string LockRow { get; }

    /// <summary>As <see cref="LockRow"/>, but skips rows that another transaction has locked.</summary>
    string LockFreeRows { get; }

    /// <summary>Notifies other processes of changes.</summary>
    IChangeSource Changes { get; }

    /// <summary>Whether an error means that the database's disk is full, failing or read-only.</summary>
    bool IsStorageFault(DbException exception);

    /// <summary>Prepares the database before the first transaction.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginReadAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>Lets only one process migrate, until the transaction ends.</summary>
    Task LockSchemaAsync(SqlSession session);

    /// <summary>Lets only one transaction create jobs, until it ends.</summary>
    Task LockCreationAsync(SqlSession session);

    /// <summary>Notifies followers in other processes when the transaction commits.</summary>
    Task NotifyAsync(SqlSession session);
}
