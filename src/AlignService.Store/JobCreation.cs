using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>
/// Creates jobs, those that are asked for at the same time in one transaction. Only one transaction at a time creates jobs, in whichever process, so that the count of
/// queued jobs is exact; together they share its count and its wait for the disk.
/// </summary>
internal sealed class JobCreation : IDisposable
{
    private readonly SqlTransactions _transactions;
    private readonly GroupCommit<NewJob, Job> _group;

    public JobCreation(SqlTransactions transactions)
    {
        _transactions = transactions;
        _group = new GroupCommit<NewJob, Job>(transactions, CreateAsync);
    }

    public void Dispose() => _group.Dispose();

    public Task<Job> CreateAsync(NewJob job, CancellationToken cancellationToken) => _group.WriteAsync(job, cancellationToken);

    /// <summary>All of them or none, in this order.</summary>
    public Task<IReadOnlyList<Job>> CreateAllAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken) => _transactions.WriteAsync(
        async session =>
        {
            await _transactions.Dialect.LockCreationAsync(session);
            long queued = await JobTable.CountQueuedAsync(session);
            List<Job> created = [];
            foreach (NewJob job in jobs)
            {
                // Ids that follow from a request id come again; a folder that is still to go must not be the new job's.
                if (await DeletionTable.IsNotedAsync(session, job.Id))
                {
                    throw new StoreException($"{job.Id.ResourceName} was deleted, and its files have not gone yet; use another request_id, or try again later.");
                }

                (Job made, bool isNew) = await CreateAsync(session, job, queued);
                queued += isNew ? 1 : 0;
                created.Add(made);
            }

            return (IReadOnlyList<Job>)created;
        },
        cancellationToken);

    /// <param name="session">The transaction.</param>
    /// <param name="requestId">As stored.</param>
    /// <param name="asksForSame">Whether what is asked for now is what made this job.</param>
    public static async Task<Job?> FindByRequestAsync(SqlSession session, string requestId, Func<Job, bool> asksForSame)
    {
        if (await JobTable.FindByRequestAsync(session, requestId) is not { } before)
        {
            return null;
        }

        return asksForSame(before) ? before : throw new RequestIdReusedException(
            $"request_id '{requestId.Split(NewJob.Separator)[^1]}' was used to create {before.Id.ResourceName} from another spec; use a new request_id for a new job.");
    }

    /// <summary>What is wrong with one request is its own answer.</summary>
    /// <returns>What answers the requests, once the transaction has been committed.</returns>
    private async Task<IReadOnlyList<Action>> CreateAsync(SqlSession session, IReadOnlyList<GroupCommit<NewJob, Job>.Request> batch)
    {
        List<Action> answers = [];
        await _transactions.Dialect.LockCreationAsync(session);
        long queued = batch.Any(request => request.Item.MaxQueued < int.MaxValue) ? await JobTable.CountQueuedAsync(session) : 0;
        foreach (GroupCommit<NewJob, Job>.Request request in batch)
        {
            try
            {
                (Job job, bool isNew) = await CreateAsync(session, request.Item, queued);
                queued += isNew ? 1 : 0;
                answers.Add(() => request.Answer.TrySetResult(job));
            }
            catch (AlignException exception)
            {
                answers.Add(() => request.Answer.TrySetException(exception));
            }
        }

        return answers;
    }

    /// <summary>Nothing is written where it throws: the transaction goes on with the next request.</summary>
    private async Task<(Job Job, bool IsNew)> CreateAsync(SqlSession session, NewJob job, long queued)
    {
        if (job.RequestId is { } requestId && await FindByRequestAsync(session, requestId, job.AsksForSame) is { } before)
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

        if (await JobTable.InsertAsync(session, job, _transactions.Now()) is not { } created)
        {
            throw new StoreException($"{job.Id.ResourceName} exists already; ask again for another name.");
        }

        if (job.Fork is { } fork)
        {
            await ForkTable.TakeOverAsync(session, created, fork, _transactions.Now());
        }

        return (created, true);
    }
}
