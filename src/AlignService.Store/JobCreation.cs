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

    public static async Task<Job?> FindByRequestAsync(SqlSession session, NewJob job)
    {
        if (job.RequestId is null || await JobTable.FindByRequestAsync(session, job.RequestId) is not { } before)
        {
            return null;
        }

        return job.AsksFor(JobSpecWire.Brief(before.Spec).Json) ? before : throw new RequestIdReusedException(
            $"request_id '{job.RequestId.Split(NewJob.Separator)[^1]}' was used to create {before.Id.ResourceName} from another spec; use a new request_id for a new job.");
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
        return await JobTable.InsertAsync(session, job, _transactions.Now()) is { } created
            ? (created, true)
            : throw new StoreException($"{job.Id.ResourceName} exists already; ask again for another name.");
    }
}
