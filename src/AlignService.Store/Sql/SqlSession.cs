using System.Data.Common;

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
