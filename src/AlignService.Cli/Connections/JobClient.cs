using System.Runtime.CompilerServices;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>A server's job service. Its errors come as <see cref="CommandException"/>s, a lost stream as <see cref="RpcException"/>.</summary>
internal sealed class JobClient : IDisposable
{
    private const int LargestPage = 500;

    private readonly ServerConnection _connection;
    private readonly JobService.JobServiceClient _service;

    /// <param name="connection">Is disposed with the client.</param>
    public JobClient(ServerConnection connection)
    {
        _connection = connection;
        _service = new JobService.JobServiceClient(connection.Calls);
    }

    public Uri Address => _connection.Address;

    public void Dispose() => _connection.Dispose();

    public async Task<CreateJobResponse> CreateAsync(CreateJobRequest request, CancellationToken cancellationToken) =>
        await CallAsync(() => _service.CreateJobAsync(request, cancellationToken: cancellationToken));

    public async Task<CreateJobsResponse> CreateAllAsync(CreateJobsRequest request, CancellationToken cancellationToken) =>
        await CallAsync(() => _service.CreateJobsAsync(request, cancellationToken: cancellationToken));

    /// <summary>The job, without its inline data unless it is asked for.</summary>
    public async Task<Job> GetAsync(string name, CancellationToken cancellationToken, JobView view = JobView.Basic) =>
        (await CallAsync(name, () => _service.GetJobAsync(new GetJobRequest { Name = name, View = view }, cancellationToken: cancellationToken), cancellationToken)).Job;

    public async Task<Job> CancelAsync(string name, CancellationToken cancellationToken) =>
        (await CallAsync(name, () => _service.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: cancellationToken), cancellationToken)).Job;

    public async Task<Job> PauseAsync(string name, CancellationToken cancellationToken) =>
        (await CallAsync(name, () => _service.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: cancellationToken), cancellationToken)).Job;

    public async Task<Job> ResumeAsync(string name, CancellationToken cancellationToken) =>
        (await CallAsync(name, () => _service.ResumeJobAsync(new ResumeJobRequest { Name = name }, cancellationToken: cancellationToken), cancellationToken)).Job;

    public async Task<Job> ExtendAsync(string name, int totalSteps, CancellationToken cancellationToken) =>
        (await CallAsync(name, () => _service.ExtendJobAsync(new ExtendJobRequest { Name = name, TotalSteps = totalSteps }, cancellationToken: cancellationToken), cancellationToken)).Job;

    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await CallAsync(name, () => _service.DeleteJobAsync(new DeleteJobRequest { Name = name }, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Jobs newest first, page after page.</summary>
    public IAsyncEnumerable<Job> ListAsync(IEnumerable<JobState> states, int limit, CancellationToken cancellationToken) => ListAsync(new ListJobsRequest { States = { states } }, limit, cancellationToken);

    /// <summary>Jobs that meet the conditions, page after page.</summary>
    public async IAsyncEnumerable<Job> ListAsync(ListJobsRequest conditions, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ListJobsRequest request = conditions.Clone();
        request.PageSize = Math.Min(limit, LargestPage);
        for (int left = limit; left > 0;)
        {
            var page = await CallAsync(() => _service.ListJobsAsync(request, cancellationToken: cancellationToken));
            foreach (var job in page.Jobs.Take(left))
            {
                left--;
                yield return job;
            }

            if (page.NextPageToken.Length == 0)
            {
                yield break;
            }

            request.PageToken = page.NextPageToken;
        }
    }

    /// <summary>Rollouts of a job that pass a filter, page after page.</summary>
    public async IAsyncEnumerable<Rollout> ListRolloutsAsync(ListRolloutsRequest conditions, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ListRolloutsRequest request = conditions.Clone();
        for (int left = limit; left > 0;)
        {
            request.PageSize = Math.Min(left, LargestPage);
            ListRolloutsResponse page = await CallAsync(request.Name, () => _service.ListRolloutsAsync(request, cancellationToken: cancellationToken), cancellationToken);
            foreach (Rollout rollout in page.Rollouts)
            {
                left--;
                yield return rollout;
            }

            if (page.NextPageToken.Length == 0)
            {
                yield break;
            }

            request.PageToken = page.NextPageToken;
        }
    }

    /// <summary>With token ids.</summary>
    public async Task<Rollout> GetRolloutAsync(string name, int step, int number, CancellationToken cancellationToken) =>
        (await CallAsync(() => _service.GetRolloutAsync(new GetRolloutRequest { Name = name, Step = step, Number = number }, cancellationToken: cancellationToken))).Rollout;

    public Task<ListMetricsResponse> ListMetricsAsync(ListMetricsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request.Name, () => _service.ListMetricsAsync(request, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Events of a job, oldest first, page after page.</summary>
    public async IAsyncEnumerable<JobEvent> ListEventsAsync(ListEventsRequest conditions, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ListEventsRequest request = conditions.Clone();
        for (int left = limit; left > 0;)
        {
            request.PageSize = Math.Min(left, LargestPage);
            ListEventsResponse page = await CallAsync(request.Name, () => _service.ListEventsAsync(request, cancellationToken: cancellationToken), cancellationToken);
            foreach (JobEvent happened in page.Events)
            {
                left--;
                yield return happened;
            }

            if (page.NextPageToken.Length == 0)
            {
                yield break;
            }

            request.PageToken = page.NextPageToken;
        }
    }

    /// <summary>One stream of events; <see cref="JobFollower"/> reconnects when it is lost.</summary>
    public AsyncServerStreamingCall<WatchJobResponse> Watch(WatchJobRequest request, CancellationToken cancellationToken) =>
        _service.WatchJob(request, cancellationToken: cancellationToken);

    /// <summary>Names for shell completion: whatever the server returns quickly, or nothing.</summary>
    public IReadOnlyList<string> ListNames(TimeSpan patience)
    {
        try
        {
            var page = _service.ListJobs(new ListJobsRequest { PageSize = LargestPage }, deadline: TimeProvider.System.GetUtcNow().Add(patience).UtcDateTime);
            return [.. page.Jobs.Select(job => job.Name)];
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            return [];
        }
    }

    private Task<T> CallAsync<T>(Func<AsyncUnaryCall<T>> call) => _connection.CallAsync(call);

    private async Task<T> CallAsync<T>(string name, Func<AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(call);
        }
        catch (CommandException exception) when (exception.ExitCode == ExitCode.NotFound || exception.Faults is [{ Field: "name" }])
        {
            // A name that cannot be a job's is a job that is not there, too.
            var known = await ListAsync([], LargestPage, cancellationToken).Select(job => job.Name).ToListAsync(cancellationToken);
            throw RpcErrors.NotFound(name, Address, known);
        }
    }
}
