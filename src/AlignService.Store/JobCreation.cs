using System.Collections.Concurrent;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>
/// Creates jobs, those that are asked for at the same time in one transaction. Only one transaction at a time creates jobs, in whichever process, so that the count of
/// queued jobs is exact; together they share its count and its wait for the disk.
/// </summary>
internal sealed class JobCreation(SqlTransactions transactions) : IDisposable
{
    private const int MostAtOnce = 256;

    private readonly ConcurrentQueue<Request> _waiting = [];
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    public async Task<Job> CreateAsync(NewJob job, CancellationToken cancellationToken)
    {
        Request request = new(job);
        _waiting.Enqueue(request);
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more; if it has been taken along already, it is created all the same.
            request.Created.TrySetCanceled(cancellationToken);
            throw;
        }

        try
        {
            // Whoever had the turn before may have taken this request along.
            while (!request.Created.Task.IsCompleted)
            {
                await CreateNextAsync();
            }
        }
        finally
        {
            _turn.Release();
        }

        return await request.Created.Task;
    }

    public static async Task<Job?> FindByRequestAsync(SqlSession session, NewJob job)
    {
        if (job.RequestId is null || await JobTable.FindByRequestAsync(session, job.RequestId) is not { } before)
        {
            return null;
        }

        return job.AsksFor(JobSpecWire.ToJson(before.Spec)) ? before : throw new RequestIdReusedException(
            $"request_id '{job.RequestId}' was used to create {before.Id.ResourceName} from another spec; use a new request_id for a new job.");
    }

    /// <summary>The oldest waiting requests. What is wrong with one is its own answer; what fails as a whole is that of all.</summary>
    private async Task CreateNextAsync()
    {
        List<Request> batch = [];
        while (batch.Count < MostAtOnce && _waiting.TryDequeue(out Request? next))
        {
            if (!next.Created.Task.IsCompleted)
            {
                batch.Add(next);
            }
        }

        try
        {
            IReadOnlyList<Action> answers = await transactions.WriteAsync(session => CreateAsync(session, batch), CancellationToken.None);
            foreach (Action answer in answers)
            {
                answer();
            }
        }
        catch (Exception exception)
        {
            batch.ForEach(request => request.Created.TrySetException(exception));
        }
    }

    /// <returns>What answers the requests, once the transaction has been committed.</returns>
    private async Task<IReadOnlyList<Action>> CreateAsync(SqlSession session, IReadOnlyList<Request> batch)
    {
        List<Action> answers = [];
        await transactions.Dialect.LockCreationAsync(session);
        long queued = batch.Any(request => request.Job.MaxQueued < int.MaxValue) ? await JobTable.CountQueuedAsync(session) : 0;
        foreach (Request request in batch)
        {
            try
            {
                (Job job, bool isNew) = await CreateAsync(session, request.Job, queued);
                queued += isNew ? 1 : 0;
                answers.Add(() => request.Created.TrySetResult(job));
            }
            catch (AlignException exception)
            {
                answers.Add(() => request.Created.TrySetException(exception));
            }
        }

        return answers;
    }

    /// <summary>Nothing is written where it throws: the transaction goes on with the next request.</summary>
    private async Task<(Job Job, bool IsNew)> CreateAsync(SqlSession session, NewJob job, long queued)
    {
        if (await FindByRequestAsync(session, job) is { } before)
        {
            return (before, false);
        }

        foreach (JobId after in job.After)
        {
            _ = await JobTable.ExistsAsync(session, after) ? true : throw new JobNotFoundException(after);
        }

        if (queued >= job.MaxQueued)
        {
            throw new QueueFullException(job.MaxQueued);
        }

        job.Confirm?.Invoke();

        return await JobTable.InsertAsync(session, job, transactions.Now())
            ? ((await JobTable.FindAsync(session, job.Id))!, true) // written above, in this transaction
            : throw new StoreException($"{job.Id.ResourceName} exists already; ask again for another name.");
    }

    private sealed record Request(NewJob Job)
    {
        public TaskCompletionSource<Job> Created { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
