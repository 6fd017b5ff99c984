using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Server.Access;
using AlignService.Server.Mapping;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Rollouts;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>What happened in the caller's jobs: the calls that ask for rollouts, metrics and events, all at once or as they come.</summary>
internal sealed class JobHistory(CallerCatalog catalog, JobEventStream stream, IJobHistory history, RolloutSearch rollouts)
{
    /// <summary>Events that are read at once: one may be large.</summary>
    private const int EventsAtOnce = 16;

    private const int MostMetrics = 200;

    /// <summary>Live events; the job is looked for first.</summary>
    public async Task<IAsyncEnumerable<Wire.JobEvent>> FollowAsync(Wire.WatchJobRequest request, CancellationToken cancellationToken)
    {
        Job job = await FindAsync(request.Name, cancellationToken); // the stream itself knows no projects
        return stream.ReadAsync(job.Id, request.AfterCursor, request.ReplayOnly, cancellationToken);
    }

    public async Task<Wire.ListRolloutsResponse> ListRolloutsAsync(Wire.ListRolloutsRequest request, CancellationToken cancellationToken)
    {
        int pageSize = PageSize.Read(request.PageSize);
        RolloutFilter filter = RolloutMapper.Read(request.Filter);
        bool full = RolloutMapper.IsFull(request.View);
        RolloutQuery query = new((await FindAsync(request.Name, cancellationToken)).Id, filter, full);
        string? token = request.PageToken.Length == 0 ? null : request.PageToken;
        RolloutPage page = await rollouts.ListAsync(query, pageSize, token, cancellationToken);
        Wire.Rollout[] found = [.. page.Rollouts.Select(rollout => RolloutMapper.Write(rollout, full))];
        int fitting = PageSize.CountFitting(found);
        if (fitting < found.Length)
        {
            page = await rollouts.ListAsync(query, fitting, token, cancellationToken);
        }

        return new Wire.ListRolloutsResponse { Rollouts = { found.Take(fitting) }, NextPageToken = page.NextPageToken ?? "" };
    }

    /// <exception cref="RolloutNotFoundException">It is not kept.</exception>
    public async Task<Wire.GetRolloutResponse> GetRolloutAsync(Wire.GetRolloutRequest request, CancellationToken cancellationToken)
    {
        Job job = await FindAsync(request.Name, cancellationToken);
        FoundRollout found = await rollouts.FindAsync(job.Id, request.Step, request.Number, cancellationToken) ?? throw new RolloutNotFoundException(job.Id, request.Step, request.Number);
        return new Wire.GetRolloutResponse { Rollout = RolloutMapper.Write(found, full: true) };
    }

    public async Task<Wire.ListMetricsResponse> ListMetricsAsync(Wire.ListMetricsRequest request, CancellationToken cancellationToken)
    {
        (int first, int last) = StepBounds.Read(request.FromStep, request.ToStep, "");
        int points = MetricSampling.ReadPoints(request.Points);
        if (request.Metrics.Count > MostMetrics)
        {
            throw new InvalidRequestException("metrics", $"there are {request.Metrics.Count} names; at most {MostMetrics} are allowed. A name that ends with * stands for all that begin like it.");
        }

        Job job = await FindAsync(request.Name, cancellationToken);
        string[] names = [.. request.Metrics];
        IReadOnlyList<MetricValue> values = await history.ReadMetricsAsync(job.Id, new StepRange(first, last), name => names.Length == 0 || Array.Exists(names, asked => IsNamed(name, asked)), cancellationToken);
        return new Wire.ListMetricsResponse { Series = { MetricSampling.Of(values, points) } };
    }

    public async Task<Wire.ListEventsResponse> ListEventsAsync(Wire.ListEventsRequest request, CancellationToken cancellationToken)
    {
        int pageSize = PageSize.Read(request.PageSize);
        (int first, int last) = StepBounds.Read(request.FromStep, request.ToStep, "");
        if (request.Kinds.FirstOrDefault(kind => !EventKinds.All.ContainsKey(kind)) is { } unknown)
        {
            throw new InvalidRequestException("kinds", $"\"{ShortText.Cut(unknown, 50)}\" is not a kind of event. {NearNames.Suggest(unknown, EventKinds.All.Keys)}");
        }

        EventFilter filter = new(0, [.. request.Kinds.Distinct().Order(StringComparer.Ordinal)], new StepRange(first, last));
        Job job = await FindAsync(request.Name, cancellationToken);
        List<Wire.JobEvent> page = [];
        long after = request.PageToken.Length == 0 ? 0 : EventPageToken.Read(request.PageToken, job.Id, filter).Cursor;
        while (true)
        {
            IReadOnlyList<JobEvent> batch = await history.ReadEventsAsync(job.Id, filter with { AfterCursor = after }, EventsAtOnce, cancellationToken);
            page.AddRange(batch.Select(item => item.ToWire(job.Id, job.TotalSteps)));
            int fitting = Math.Min(pageSize, PageSize.CountFitting(page));
            bool isOver = page.Count > fitting || (page.Count == pageSize && batch.Count == EventsAtOnce);
            if (isOver || batch.Count < EventsAtOnce)
            {
                return new Wire.ListEventsResponse { Events = { page.Take(fitting) }, NextPageToken = isOver ? EventPageToken.Write(page[fitting - 1].Cursor, job.Id, filter) : "" };
            }

            after = batch[^1].Cursor;
        }
    }

    private static bool IsNamed(string name, string asked) => asked.EndsWith('*') ? name.StartsWith(asked[..^1], StringComparison.Ordinal) : name == asked;

    private async Task<Job> FindAsync(string name, CancellationToken cancellationToken) => await catalog.GetAsync(ResourceName.ParseJob(name, "name"), cancellationToken);
}

/// <summary>A rollout that a job did not sample or does not keep.</summary>
internal sealed class RolloutNotFoundException(JobId id, int step, int number) : AlignException(
    $"{id.ResourceName} has no rollout {number} of step {step}; ListRollouts shows which it has, and `rollouts` in its spec which it keeps.");
