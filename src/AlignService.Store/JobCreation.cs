using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
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

    public static async Task<Job?> FindByRequestAsync(SqlSession session, NewJob job) =>
        job.RequestId is { } request && (await JobTable.FindByRequestsAsync(session, [request])).TryGetValue(request, out Job? before) ? SameAs(job, before) : null;

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
                    Job same = SameAs(job, created);
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

    private static Job SameAs(NewJob job, Job before) => job.AsksFor(JobSpecWire.Brief(before.Spec).Json) ? before : throw new RequestIdReusedException(
        $"request_id '{job.RequestId?.Split(NewJob.Separator)[^1]}' was used to create {before.Id.ResourceName} from another spec; use a new request_id for a new job.");

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

        job.Confirm?.Invoke();
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
                answers.Add(() => request.Answer.TrySetException(new StoreException($"{request.Item.Id.ResourceName} exists already; ask again for another name.")));
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
