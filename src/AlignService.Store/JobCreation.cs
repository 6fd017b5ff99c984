using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;
using Request = AlignService.Store.Sql.GroupCommit<AlignService.Store.Tables.NewJob, AlignService.Jobs.Job>.Request;

namespace AlignService.Store;

/// <summary>
/// Creates jobs, those that are asked for at the same time in one transaction. Only one transaction at a time creates jobs, in whichever process, so that the count of
/// queued jobs is exact; together they share its count and its wait for the disk.
/// </summary>
internal sealed class JobCreation : IDisposable
{
    /// <summary>Jobs of one instant are queued in the order of their requests.</summary>
    private static readonly TimeSpan Instant = TimeSpan.FromSeconds(1);

    private readonly SqlTransactions _transactions;
    private readonly GroupCommit<NewJob, Job> _group;
    private DateTimeOffset _next;

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

                if (job.RequestId is { } requestId && await FindByRequestAsync(session, requestId, job.AsksForSame) is { } before)
                {
                    created.Add(before);
                    continue;
                }

                await AdmitAsync(session, job, queued++);
                created.Add((await JobTable.InsertAsync(session, [job], _transactions.Now())).GetValueOrDefault(job.Id) ?? throw TakenName(job));
            }

            return (IReadOnlyList<Job>)created;
        },
        cancellationToken);

    /// <param name="session">The transaction.</param>
    /// <param name="requestId">As stored.</param>
    /// <param name="asksForSame">Whether what is asked for now is what made this job.</param>
    public static async Task<Job?> FindByRequestAsync(SqlSession session, string requestId, Func<Job, bool> asksForSame) =>
        (await JobTable.FindByRequestsAsync(session, [requestId])).TryGetValue(requestId, out Job? before) ? RequireSame(requestId, before, asksForSame) : null;

    /// <summary>What is wrong with one request is its own answer.</summary>
    /// <returns>What answers the requests, once the transaction has been committed.</returns>
    private async Task<IReadOnlyList<Action>> CreateAsync(SqlSession session, IReadOnlyList<Request> batch)
    {
        List<Action> answers = [];
        await _transactions.Dialect.LockCreationAsync(session);
        long queued = batch.Any(request => request.Item.MaxQueued < int.MaxValue) ? await JobTable.CountQueuedAsync(session) : 0;
        Dictionary<string, Job> before = await JobTable.FindByRequestsAsync(session, [.. batch.Select(request => request.Item.RequestId).OfType<string>().Distinct()]);
        List<Request> admitted = [];
        foreach (Request request in batch)
        {
            NewJob job = request.Item;
            if (job.RequestId is { } repeated && admitted.Any(other => other.Item.RequestId == repeated))
            {
                // The same request twice at the same time: the second is answered with the first one's job.
                await InsertAsync(session, admitted, before, answers);
            }

            try
            {
                if (job.RequestId is { } id && before.TryGetValue(id, out Job? created))
                {
                    Job same = RequireSame(id, created, job.AsksForSame);
                    answers.Add(() => request.Answer.TrySetResult(same));
                    continue;
                }

                await AdmitAsync(session, job, queued);
                admitted.Add(request);
                queued++;
            }
            catch (AlignException exception)
            {
                answers.Add(() => request.Answer.TrySetException(exception));
            }
        }

        await InsertAsync(session, admitted, before, answers);
        return answers;
    }

    private static Job RequireSame(string requestId, Job before, Func<Job, bool> asksForSame) => asksForSame(before) ? before : throw new RequestIdReusedException(
        $"request_id '{requestId.Split(NewJob.Separator)[^1]}' was used to create {before.Id.ResourceName} from another spec; use a new request_id for a new job.");

    private static StoreException TakenName(NewJob job) => new($"{job.Id.ResourceName} exists already; ask again for another name.");

    private static async Task AdmitAsync(SqlSession session, NewJob job, long queued)
    {
        foreach (JobId after in job.After)
        {
            _ = await JobTable.ExistsAsync(session, after) ? true : throw new JobNotFoundException(after);
        }

        if (queued >= job.MaxQueued)
        {
            throw new QueueFullException(job.MaxQueued);
        }

        job.Confirm?.Invoke(job.StoredSpec);
    }

    /// <summary>Inserts what was admitted, all at once, and empties the list.</summary>
    private async Task InsertAsync(SqlSession session, List<Request> admitted, Dictionary<string, Job> before, List<Action> answers)
    {
        if (admitted.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<JobId, Job> inserted = await JobTable.InsertAsync(session, [.. admitted.Select(request => request.Item)], NextTimes(admitted.Count));
        foreach (Request request in admitted)
        {
            if (!inserted.TryGetValue(request.Item.Id, out Job? job))
            {
                answers.Add(() => request.Answer.TrySetException(TakenName(request.Item)));
                continue;
            }

            answers.Add(() => request.Answer.TrySetResult(job));
            if (request.Item.RequestId is { } id)
            {
                before[id] = job;
            }
        }

        admitted.Clear();
    }

    /// <summary>The first of so many times, a microsecond apart, after those that were given out before.</summary>
    private DateTimeOffset NextTimes(int count)
    {
        DateTimeOffset now = _transactions.Now();
        DateTimeOffset first = now < _next && _next - now < Instant ? _next : now;
        _next = first.AddMicroseconds(count);
        return first;
    }
}
