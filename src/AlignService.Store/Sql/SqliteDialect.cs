using System.Data;
using System.Data.Common;
using AlignService.Store.Changes;
using Microsoft.Data.Sqlite;

namespace AlignService.Store.Sql;

/// <summary>One file, in write-ahead mode: readers never wait, writers wait for each other.</summary>
internal sealed class SqliteDialect : ISqlDialect
{
    private const int BusyTimeoutMilliseconds = 15_000;
    private const int BusyErrorCode = 5;
    private const int ReadOnlyErrorCode = 8;
    private const int InputOutputErrorCode = 10;
    private const int FullErrorCode = 13;

    private readonly string _connectionString;
    private readonly string _path;
    private readonly TimeProvider _time;

    public SqliteDialect(string path, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _time = time;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, ForeignKeys = true }.ToString();
        Changes = new SqliteChangeSource(OpenAsync, time);
    }

    // A write transaction holds the whole file.
    public string LockRow => "";

    public string LockFreeRows => "";

    public IChangeSource Changes { get; }

    public bool IsStorageFault(DbException exception) => exception is SqliteException { SqliteErrorCode: ReadOnlyErrorCode or InputOutputErrorCode or FullErrorCode };

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        await using SqliteConnection connection = await OpenAsync(cancellationToken);
        long start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await using SqliteCommand command = connection.CreateCommand();
                command.CommandText = "PRAGMA journal_mode = WAL";
                await command.ExecuteScalarAsync(cancellationToken);
                return;
            }
            catch (SqliteException exception)
                when (exception.SqliteErrorCode == BusyErrorCode && _time.GetElapsedTime(start).TotalMilliseconds < BusyTimeoutMilliseconds)
            {
                // Another process is switching the new file over at this moment; SQLite does not wait for that by itself.
                await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken);
            }
        }
    }

    public async Task<SqlSession> BeginReadAsync(CancellationToken cancellationToken)
    {
        SqliteConnection connection = await OpenAsync(cancellationToken);
        return new SqlSession(connection, connection.BeginTransaction(IsolationLevel.Serializable, deferred: true), cancellationToken);
    }

    public async Task<SqlSession> BeginWriteAsync(CancellationToken cancellationToken)
    {
        SqliteConnection connection = await OpenAsync(cancellationToken);
        try
        {
            // Not deferred: a transaction that starts as a reader and then writes cannot wait for another writer.
            return new SqlSession(connection, connection.BeginTransaction(IsolationLevel.Serializable, deferred: false), cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // The write transaction is the lock.
    public Task LockSchemaAsync(SqlSession session) => Task.CompletedTask;

    // Only one transaction at a time writes.
    public Task LockCreationAsync(SqlSession session) => Task.CompletedTask;

    // Other processes see the file change.
    public Task NotifyAsync(SqlSession session) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Changes.DisposeAsync();
        // Pooled connections keep the file open.
        await using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {BusyTimeoutMilliseconds}; PRAGMA synchronous = FULL";
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
