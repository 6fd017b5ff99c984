using System.Collections.Concurrent;

namespace AlignService.Store.Sql;

/// <summary>
/// Writes what is asked for at the same time in one transaction, one such transaction at a time: together the requests share the wait for the disk, and what must be
/// exact (a count, an order) is read once.
/// </summary>
/// <param name="transactions">Where it is written.</param>
/// <param name="write">Writes a batch, oldest request first, and returns what answers the requests once the transaction has been committed.</param>
internal sealed class GroupCommit<TItem, TResult>(SqlTransactions transactions, Func<SqlSession, IReadOnlyList<GroupCommit<TItem, TResult>.Request>, Task<IReadOnlyList<Action>>> write)
    : IDisposable
{
    private const int MostAtOnce = 256;

    private readonly ConcurrentQueue<Request> _waiting = [];
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Returns once it is durable.</summary>
    public async Task<TResult> WriteAsync(TItem item, CancellationToken cancellationToken)
    {
        Request request = new(item);
        _waiting.Enqueue(request);
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more; if it has been taken along already, it is written all the same.
            request.Answer.TrySetCanceled(cancellationToken);
            throw;
        }

        try
        {
            // Whoever had the turn before may have taken this request along.
            while (!request.Answer.Task.IsCompleted)
            {
                await WriteNextAsync();
            }
        }
        finally
        {
            _turn.Release();
        }

        return await request.Answer.Task;
    }

    /// <summary>The oldest waiting requests. What fails as a whole is the answer of all.</summary>
    private async Task WriteNextAsync()
    {
        List<Request> batch = [];
        while (batch.Count < MostAtOnce && _waiting.TryDequeue(out Request? next))
        {
            if (!next.Answer.Task.IsCompleted)
            {
                batch.Add(next);
            }
        }

        try
        {
            foreach (Action answer in await transactions.WriteAsync(session => write(session, batch), CancellationToken.None))
            {
                answer();
            }
        }
        catch (Exception exception)
        {
            batch.ForEach(request => request.Answer.TrySetException(exception));
        }
    }

    /// <summary>What one caller asked for, and its answer.</summary>
    internal sealed record Request(TItem Item)
    {
        public TaskCompletionSource<TResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
