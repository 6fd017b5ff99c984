using System.Data.Common;
using AlignService.Jobs.Ports;

namespace AlignService.Store.Sql;

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
