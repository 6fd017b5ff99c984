using System.Security.Cryptography;
using AlignService.Jobs;
using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Admits a job, or more steps of one: reads its spec, checks it in full, and queues it.</summary>
internal sealed class JobAdmission(CallerCatalog catalog, JobSpecValidator validator, JobForks forks, JobExtension extension, JobBatches batches, HostSettings settings)
{
    private const int MaxRequestIdLength = 64;

    /// <summary>In bytes, without inline data: every answer about the job holds its spec.</summary>
    private const int MaxSpecSize = 1 << 20;

    private const int JobIdLength = 10;
    private const string JobIdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public async Task<AdmittedJob> AdmitAsync(Wire.CreateJobRequest request, CancellationToken cancellationToken)
    {
        var violations = new ViolationList();
        CheckRequestId(request.RequestId, violations);
        if (violations.Violations.Count == 0 && await FindForkBeforeAsync(request, cancellationToken) is { } fork)
        {
            return new AdmittedJob(fork.Spec, fork, []);
        }

        ForkPlan? plan = request.Fork is null ? null : await forks.PlanAsync(request, violations, cancellationToken);
        JobSpec? spec = request.Fork is null ? JobSpecWire.Read(request.Spec, settings.FullData, violations) : plan?.Spec;
        if (spec is not null && JobSpecWire.Brief(spec).Message.CalculateSize() is > MaxSpecSize and int size)
        {
            violations.Add(JobSpecWire.Path, $"it has {size} bytes without its inline data; at most {MaxSpecSize} are allowed. Shorten scripts and schemas.", ViolationCode.OutOfRange);
        }

        if (spec is not null && plan is null && violations.Violations.Count == 0 && await FindBeforeAsync(request, spec, cancellationToken) is { } before)
        {
            return new AdmittedJob(spec, before, []);
        }

        if (spec is not null)
        {
            await validator.ValidateAsync(spec, violations, cancellationToken);
        }

        if (request is { ValidateOnly: true, ListViolations: true } && violations.Violations.Count > 0)
        {
            return new AdmittedJob(spec, null, violations.Warnings) { Violations = violations.Violations, OmittedViolations = violations.OmittedCount };
        }

        violations.ThrowIfAny();
        ArgumentNullException.ThrowIfNull(spec); // never: a spec that cannot be read is a violation
        Job? job = request.ValidateOnly ? null : await CreateAsync(spec, plan, request.RequestId, cancellationToken);
        return new AdmittedJob(spec, job, violations.Warnings);
    }

    /// <inheritdoc cref="JobBatches.AdmitAsync"/>
    public Task<AdmittedJobs> AdmitAllAsync(Wire.CreateJobsRequest request, CancellationToken cancellationToken) => batches.AdmitAsync(request, cancellationToken);

    /// <inheritdoc cref="JobExtension.ExtendAsync"/>
    public Task<Job> ExtendAsync(JobId id, int totalSteps, CancellationToken cancellationToken) => extension.ExtendAsync(id, totalSteps, cancellationToken);

    private async Task<Job> CreateAsync(JobSpec spec, ForkPlan? plan, string requestId, CancellationToken cancellationToken)
    {
        var id = new JobId(RandomNumberGenerator.GetString(JobIdCharacters, JobIdLength));
        string? givenId = requestId.Length == 0 ? null : requestId;
        return plan is null
            ? await catalog.CreateAsync(id, spec, givenId, settings.MaxQueuedJobs, cancellationToken)
            : await forks.CreateAsync(id, plan, givenId, cancellationToken);
    }

    /// <summary>Collects what is wrong with a request's id.</summary>
    public static void CheckRequestId(string requestId, ViolationList violations)
    {
        if (requestId.Length > MaxRequestIdLength)
        {
            violations.Add("request_id", $"it has {requestId.Length} characters; at most {MaxRequestIdLength} are allowed.");
        }

        if (requestId.Any(char.IsControl))
        {
            violations.Add("request_id", "it has a control character; use letters, digits and punctuation.");
        }
    }

    private async Task<Job?> FindForkBeforeAsync(Wire.CreateJobRequest request, CancellationToken cancellationToken) =>
        request.Fork is null || request.ValidateOnly || request.RequestId.Length == 0 ? null : await forks.FindBeforeAsync(request, cancellationToken);

    /// <summary>A repeated request gets its first response, even if its files were removed or the queue is full by now.</summary>
    private async Task<Job?> FindBeforeAsync(Wire.CreateJobRequest request, JobSpec spec, CancellationToken cancellationToken) =>
        request.ValidateOnly || request.RequestId.Length == 0 ? null : await catalog.FindByRequestAsync(request.RequestId, spec, cancellationToken);
}

/// <summary>What became of a request.</summary>
/// <param name="Spec">With every default filled in; null where it cannot be read.</param>
/// <param name="Job">The queued job; null where only validation was requested.</param>
/// <param name="Warnings">What is allowed but unusual.</param>
internal sealed record AdmittedJob(JobSpec? Spec, Job? Job, IReadOnlyList<Violation> Warnings)
{
    /// <summary>What is wrong, where the caller asked for a list instead of an error.</summary>
    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>How many further violations there are.</summary>
    public int OmittedViolations { get; init; }
}
