using System.Runtime.CompilerServices;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Client;

/// <summary>A server's jobs. Errors come as <see cref="AlignCallException"/>s.</summary>
public sealed class JobClient
{
    private readonly AlignClient _client;
    private readonly JobService.JobServiceClient _service;

    internal JobClient(AlignClient client) => (_client, _service) = (client, new JobService.JobServiceClient(client.Calls));

    /// <summary>Whether a job in this state does nothing more by itself.</summary>
    public static bool HasEnded(JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>Queues a job.</summary>
    /// <param name="spec">What it is to do.</param>
    /// <param name="requestId">The same id with the same spec is the same job, however often it is sent; left out, one is made up for this call.</param>
    /// <param name="cancellationToken">Ends the call; the job may be queued all the same.</param>
    public async Task<Job> SubmitAsync(JobSpec spec, string? requestId = null, CancellationToken cancellationToken = default) =>
        (await CreateAsync(new CreateJobRequest { Spec = spec, RequestId = requestId ?? "" }, cancellationToken)).Job;

    /// <summary>Queues or validates a job, with everything that the call can say. An empty request id is made up, so that no repetition queues a second job.</summary>
    public Task<CreateJobResponse> CreateAsync(CreateJobRequest request, CancellationToken cancellationToken = default)
    {
        CreateJobRequest sent = request.Clone();
        sent.RequestId = OrNew(request.RequestId);
        return _client.CallAsync(() => _service.CreateJobAsync(sent, cancellationToken: cancellationToken));
    }

    /// <summary>Queues or validates several jobs that may name each other: all or none.</summary>
    public Task<CreateJobsResponse> CreateAllAsync(CreateJobsRequest request, CancellationToken cancellationToken = default)
    {
        CreateJobsRequest sent = request.Clone();
        sent.RequestId = OrNew(request.RequestId);
        return _client.CallAsync(() => _service.CreateJobsAsync(sent, cancellationToken: cancellationToken));
    }

    /// <summary>The job, without its inline data unless the view asks for it.</summary>
    public async Task<Job> GetAsync(string name, JobView view = JobView.Basic, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.GetJobAsync(new GetJobRequest { Name = name, View = view }, cancellationToken: cancellationToken))).Job;

    public async Task<Job> CancelAsync(string name, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: cancellationToken))).Job;

    public async Task<Job> PauseAsync(string name, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: cancellationToken))).Job;

    public async Task<Job> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.ResumeJobAsync(new ResumeJobRequest { Name = name }, cancellationToken: cancellationToken))).Job;

    /// <summary>More steps for a job that has succeeded.</summary>
    public async Task<Job> ExtendAsync(string name, int totalSteps, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.ExtendJobAsync(new ExtendJobRequest { Name = name, TotalSteps = totalSteps }, cancellationToken: cancellationToken))).Job;

    /// <summary>With its events and checkpoints.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        await _client.CallAsync(() => _service.DeleteJobAsync(new DeleteJobRequest { Name = name }, cancellationToken: cancellationToken));

    /// <summary>Jobs that meet the conditions, page after page.</summary>
    /// <param name="conditions">Its page size and token are chosen here.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<Job> ListAsync(ListJobsRequest conditions, int limit = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ListJobsRequest request = conditions.Clone();
        return Pages.ReadAsync(
            limit,
            (size, token) =>
            {
                (request.PageSize, request.PageToken) = (size, token);
                return _client.CallAsync(() => _service.ListJobsAsync(request, cancellationToken: cancellationToken));
            },
            page => (page.Jobs, page.NextPageToken),
            cancellationToken);
    }

    /// <summary>Rollouts of a job that pass a filter, page after page.</summary>
    public IAsyncEnumerable<Rollout> ListRolloutsAsync(ListRolloutsRequest conditions, int limit = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ListRolloutsRequest request = conditions.Clone();
        return Pages.ReadAsync(
            limit,
            (size, token) =>
            {
                (request.PageSize, request.PageToken) = (size, token);
                return _client.CallAsync(() => _service.ListRolloutsAsync(request, cancellationToken: cancellationToken));
            },
            page => (page.Rollouts, page.NextPageToken),
            cancellationToken);
    }

    /// <summary>With token ids.</summary>
    public async Task<Rollout> GetRolloutAsync(string name, int step, int number, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.GetRolloutAsync(new GetRolloutRequest { Name = name, Step = step, Number = number }, cancellationToken: cancellationToken))).Rollout;

    public Task<ListMetricsResponse> ListMetricsAsync(ListMetricsRequest request, CancellationToken cancellationToken = default) =>
        _client.CallAsync(() => _service.ListMetricsAsync(request, cancellationToken: cancellationToken));

    /// <summary>Events of a job, oldest first, page after page.</summary>
    public IAsyncEnumerable<JobEvent> ListEventsAsync(ListEventsRequest conditions, int limit = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ListEventsRequest request = conditions.Clone();
        return Pages.ReadAsync(
            limit,
            (size, token) =>
            {
                (request.PageSize, request.PageToken) = (size, token);
                return _client.CallAsync(() => _service.ListEventsAsync(request, cancellationToken: cancellationToken));
            },
            page => (page.Events, page.NextPageToken),
            cancellationToken);
    }

    /// <summary>The job's events to its end, each once and in order. A lost connection is opened again after the last event, so that nothing is missed or repeated.</summary>
    /// <param name="name">jobs/ID.</param>
    /// <param name="afterCursor">The cursor of the last event that is known already; 0: all.</param>
    /// <param name="cancellationToken">Ends the watch; the job runs on.</param>
    /// <exception cref="AlignCallException">There is no such job, or the server has not answered for <see cref="AlignClientOptions.Patience"/>.</exception>
    public IAsyncEnumerable<JobEvent> WatchAsync(string name, long afterCursor = 0, CancellationToken cancellationToken = default) =>
        new JobFollower(_client, _service).FollowAsync(name, afterCursor, cancellationToken);

    /// <summary>The job's events so far, with which it ends.</summary>
    public async IAsyncEnumerable<JobEvent> ReplayAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using AsyncServerStreamingCall<WatchJobResponse> call = _service.WatchJob(new WatchJobRequest { Name = name, ReplayOnly = true }, cancellationToken: cancellationToken);
        while (await _client.NextAsync(call.ResponseStream, cancellationToken))
        {
            yield return call.ResponseStream.Current.Event;
        }
    }

    /// <summary>Waits until the job has ended.</summary>
    /// <returns>The job as it ended; whether it succeeded is its state.</returns>
    public async Task<Job> WaitAsync(string name, CancellationToken cancellationToken = default)
    {
        await foreach (JobEvent _ in WatchAsync(name, 0, cancellationToken))
        {
            // Only its end is of interest.
        }

        return await GetAsync(name, cancellationToken: cancellationToken);
    }

    private static string OrNew(string requestId) => requestId.Length > 0 ? requestId : Guid.NewGuid().ToString("N");
}
