using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Hosting;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Server.Access;

/// <summary>The jobs of the caller's project. One of another project is not there, and is looked for by the same query as one that does not exist.</summary>
internal sealed class CallerCatalog(IJobCatalog catalog, CallerContext context, HostSettings settings)
{
    private readonly Dictionary<JobId, Job> _planned = [];

    public ProjectId Project => context.Caller.Project;

    /// <summary>Jobs that the caller's request is about to create together: while they are checked, each finds the others as queued.</summary>
    public void Plan(IEnumerable<Job> jobs)
    {
        foreach (Job job in jobs)
        {
            _planned[job.Id] = job;
        }
    }

    public Task<IReadOnlyList<Job>> CreateAllAsync(IReadOnlyList<PlannedJob> jobs, int maxQueued, CancellationToken cancellationToken) =>
        catalog.CreateAllAsync(jobs, cancellationToken, maxQueued, Project, RequireSources);

    public Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, int maxQueued, CancellationToken cancellationToken) =>
        catalog.CreateAsync(id, spec, requestId, cancellationToken, maxQueued, Project, RequireSources);

    public Task<Job> CreateForkAsync(JobId id, JobSpec spec, NewFork fork, string? requestId, int maxQueued, CancellationToken cancellationToken) =>
        catalog.CreateForkAsync(id, spec, fork, requestId, cancellationToken, maxQueued, Project, RequireSources);

    public Task<Job?> FindForkByRequestAsync(string requestId, string requestHash, CancellationToken cancellationToken) =>
        catalog.FindForkByRequestAsync(requestId, requestHash, cancellationToken, Project);

    public Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken) =>
        catalog.FindByRequestAsync(requestId, spec, cancellationToken, Project);

    public Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken) =>
        _planned.TryGetValue(id, out Job? planned) ? Task.FromResult<Job?>(planned) : catalog.FindAsync(id, cancellationToken, Project);

    /// <exception cref="JobNotFoundException">It does not exist, or is another project's.</exception>
    public async Task<Job> GetAsync(JobId id, CancellationToken cancellationToken) => await FindAsync(id, cancellationToken) ?? throw new JobNotFoundException(id);

    public async Task<JobSpec> ReadSpecAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.ReadSpecAsync(id, cancellationToken);
    }

    public Task<JobPage> ListAsync(IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken, JobFilter? filter = null) =>
        catalog.ListAsync(states, pageSize, pageToken, cancellationToken, Project, filter);

    public async Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.RequestCancelAsync(id, cancellationToken);
    }

    public async Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.RequestPauseAsync(id, cancellationToken);
    }

    public async Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.ResumeAsync(id, cancellationToken);
    }

    public async Task<Job> ExtendAsync(JobId id, JobSpec spec, int totalSteps, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.ExtendAsync(id, spec, totalSteps, cancellationToken, RequireSources);
    }

    public async Task DeleteAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        await catalog.DeleteAsync(id, cancellationToken);
    }

    public Task<int> ReconcileAsync(CancellationToken cancellationToken) => catalog.ReconcileAsync(cancellationToken);

    public async Task<IJobChanges> FollowAsync(JobId id, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        return await catalog.FollowAsync(id, cancellationToken);
    }

    /// <summary>What the job reads of the server's models and datasets was there when it was checked, and may have been deleted since.</summary>
    private void RequireSources(JobSpec spec)
    {
        DataRoot own = settings.DataRoot.Of(Project);
        foreach (StoredName name in JobSources.Of(spec).Select(own.Find).OfType<StoredName>())
        {
            if (!Path.Exists(own.PathOf(name)))
            {
                throw ResourceNotFoundException.Of(name);
            }
        }
    }
}
