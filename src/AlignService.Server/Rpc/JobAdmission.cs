using System.Security.Cryptography;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Hosting;
using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Admits a job: reads its spec, checks it in full, and queues it.</summary>
internal sealed class JobAdmission(IJobCatalog catalog, JobSpecValidator validator, HostSettings settings)
{
    private const int MaxRequestIdLength = 64;
    private const int JobIdLength = 10;
    private const string JobIdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public async Task<Admission> AdmitAsync(Wire.CreateJobRequest request, CancellationToken cancellationToken)
    {
        var violations = new ViolationList();
        if (request.RequestId.Length > MaxRequestIdLength)
        {
            violations.Add("request_id", $"it has {request.RequestId.Length} characters; at most {MaxRequestIdLength} are allowed.");
        }

        JobSpec? spec = JobSpecWire.Read(request.Spec, settings.FullData, violations);
        if (spec is not null && violations.Violations.Count == 0 && await FindBeforeAsync(request, spec, cancellationToken) is { } before)
        {
            return new Admission(spec, before, []);
        }

        if (spec is not null)
        {
            await validator.ValidateAsync(spec, violations, cancellationToken);
        }

        violations.ThrowIfAny();
        ArgumentNullException.ThrowIfNull(spec); // never: a spec that cannot be read is a violation
        if (request.ValidateOnly)
        {
            return new Admission(spec, null, violations.Warnings);
        }

        await CheckQuotaAsync(cancellationToken);
        var id = new JobId(RandomNumberGenerator.GetString(JobIdCharacters, JobIdLength));
        Job job = await catalog.CreateAsync(id, spec, request.RequestId.Length == 0 ? null : request.RequestId, cancellationToken);
        return new Admission(spec, job, violations.Warnings);
    }

    /// <summary>A repeated request gets its first response, even if its files were removed or the queue is full by now.</summary>
    private async Task<Job?> FindBeforeAsync(Wire.CreateJobRequest request, JobSpec spec, CancellationToken cancellationToken) =>
        request.ValidateOnly || request.RequestId.Length == 0 ? null : await catalog.FindByRequestAsync(request.RequestId, spec, cancellationToken);

    private async Task CheckQuotaAsync(CancellationToken cancellationToken)
    {
        JobPage queued = await catalog.ListAsync([JobState.Queued], settings.MaxQueuedJobs, null, cancellationToken);
        if (queued.Jobs.Count >= settings.MaxQueuedJobs)
        {
            throw new QueueFullException(settings.MaxQueuedJobs);
        }
    }
}

/// <summary>A request that passed every check.</summary>
/// <param name="Spec">With every default filled in.</param>
/// <param name="Job">The queued job; null where only validation was requested.</param>
/// <param name="Warnings">What is allowed but unusual.</param>
internal sealed record Admission(JobSpec Spec, Job? Job, IReadOnlyList<Violation> Warnings);

/// <summary>No further job is accepted until some have started or ended.</summary>
internal sealed class QueueFullException(int limit) : AlignException(
    $"{limit} jobs are already queued, which is the server's limit; wait until some have started, cancel some, or raise the limit.")
{
    public int Limit => limit;
}
