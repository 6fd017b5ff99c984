using System.Security.Cryptography;
using System.Text;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Admits several jobs that name each other: checks all of them, each with the others as queued jobs, and creates all or none.</summary>
internal sealed class JobBatches(CallerCatalog catalog, JobSpecValidator validator, HostSettings settings, TimeProvider time)
{
    private const int MostJobs = 100, MostSpecBytes = 2 << 20, IdLength = 10;
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public async Task<AdmittedJobs> AdmitAsync(Wire.CreateJobsRequest request, CancellationToken cancellationToken)
    {
        var violations = new ViolationList();
        JobAdmission.CheckRequestId(request.RequestId, violations);
        CheckNames(request, violations);
        violations.ThrowIfAny();

        // 1. An id for each, and the specs with ids for names.
        Dictionary<string, JobId> ids = request.Jobs.ToDictionary(job => job.Name, job => IdOf(request.RequestId, job.Name));
        IReadOnlyList<Wire.JobSpec> resolved = [.. request.Jobs.Select(job => JobNames.Resolve(job, ids))];
        IReadOnlyList<int> order = Order(request, resolved, ids, violations);

        // 2. Every spec by itself, with the others there.
        JobSpec?[] specs = [.. resolved.Select((spec, index) => Gather(index, violations, list => JobSpecWire.Read(spec, settings.FullData, list)))];
        CheckSize(specs, violations);
        if (violations.Violations.Count == 0)
        {
            catalog.Plan(specs.Select((spec, index) => Planned(ids[request.Jobs[index].Name], spec!))); // read without a violation
            foreach (int index in order)
            {
                var own = new ViolationList();
                await validator.ValidateAsync(specs[index]!, own, cancellationToken); // as above
                Take(own, index, violations);
            }
        }

        if (request is { ValidateOnly: true, ListViolations: true } && violations.Violations.Count > 0)
        {
            return new AdmittedJobs([], [], violations);
        }

        // 3. All or none.
        violations.ThrowIfAny();
        if (request.ValidateOnly)
        {
            return new AdmittedJobs(specs!, [], violations);
        }

        PlannedJob[] planned = [.. order.Select(index => new PlannedJob(ids[request.Jobs[index].Name], specs[index]!, request.RequestId.Length == 0 ? null : $"{request.RequestId}/{request.Jobs[index].Name}"))];
        IReadOnlyList<Job> created = await catalog.CreateAllAsync(planned, settings.MaxQueuedJobs, cancellationToken);
        Dictionary<JobId, Job> byId = created.ToDictionary(job => job.Id);
        return new AdmittedJobs(specs!, [.. request.Jobs.Select(job => byId[ids[job.Name]])], violations);
    }

    private static void CheckNames(Wire.CreateJobsRequest request, ViolationList violations)
    {
        if (request.Jobs.Count is 0 or > MostJobs)
        {
            violations.Add("jobs", $"there are {request.Jobs.Count}; give 1 to {MostJobs}.", ViolationCode.OutOfRange);
        }

        HashSet<string> names = [];
        for (int i = 0; i < request.Jobs.Count; i++)
        {
            if (!JobNames.IsName(request.Jobs[i].Name))
            {
                violations.Add($"jobs[{i}].name", $"\"{request.Jobs[i].Name}\" is not a name; give 1 to 40 lower-case letters, digits and '-', the first a letter.");
            }
            else if (!names.Add(request.Jobs[i].Name))
            {
                violations.Add($"jobs[{i}].name", $"{request.Jobs[i].Name} is given twice.", ViolationCode.Conflict);
            }
        }
    }

    /// <summary>Each after those that it runs after.</summary>
    private static List<int> Order(Wire.CreateJobsRequest request, IReadOnlyList<Wire.JobSpec> specs, Dictionary<string, JobId> ids, ViolationList violations)
    {
        Dictionary<string, int> indexes = request.Jobs.Select((job, index) => (ids[job.Name].ResourceName, index)).ToDictionary();
        List<int> order = [], left = [.. Enumerable.Range(0, specs.Count)];
        while (left.Count > 0)
        {
            int next = left.FindIndex(index => specs[index].After.All(after => !indexes.TryGetValue(after, out int other) || order.Contains(other)));
            if (next < 0)
            {
                violations.Add($"jobs[{left[0]}].spec.after", $"{string.Join(", ", left.Select(index => request.Jobs[index].Name))} wait for each other; leave one of them out.", ViolationCode.Conflict);
                return [];
            }

            order.Add(left[next]);
            left.RemoveAt(next);
        }

        return order;
    }

    private static void CheckSize(IReadOnlyList<JobSpec?> specs, ViolationList violations)
    {
        if (violations.Violations.Count > 0)
        {
            return;
        }

        long bytes = specs.Sum(spec => (long)JobSpecWire.Brief(spec!).Message.CalculateSize()); // read without a violation
        if (bytes > MostSpecBytes)
        {
            violations.Add("jobs", $"their specs have {bytes} bytes without inline data; at most {MostSpecBytes} are allowed. Submit fewer at once, or shorten scripts and schemas.", ViolationCode.OutOfRange);
        }
    }

    private static JobSpec? Gather(int index, ViolationList violations, Func<ViolationList, JobSpec?> read)
    {
        var own = new ViolationList();
        JobSpec? spec = read(own);
        Take(own, index, violations);
        return spec;
    }

    private static void Take(ViolationList own, int index, ViolationList violations)
    {
        foreach (Violation violation in own.Violations)
        {
            violations.Add($"jobs[{index}].{violation.Field}", violation.Description, violation.Code);
        }

        foreach (Violation warning in own.Warnings)
        {
            violations.Warn($"jobs[{index}].{warning.Field}", warning.Description, warning.Code);
        }
    }

    private Job Planned(JobId id, JobSpec spec) => new() { Id = id, Spec = spec, Project = catalog.Project, CreateTime = time.GetUtcNow(), UpdateTime = time.GetUtcNow() };

    /// <summary>A repeated request must name the same jobs, so the ids follow from its own id.</summary>
    private JobId IdOf(string requestId, string name)
    {
        if (requestId.Length == 0)
        {
            return new JobId(RandomNumberGenerator.GetString(IdCharacters, IdLength));
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{catalog.Project.Value}\n{requestId}\n{name}"));
        return new JobId(string.Concat(hash.Take(2 * IdLength).Chunk(2).Select(pair => IdCharacters[((pair[0] << 8) | pair[1]) % IdCharacters.Length])));
    }
}

/// <summary>What became of a request for several jobs.</summary>
/// <param name="Specs">With every default filled in; none where there are violations.</param>
/// <param name="Jobs">The queued jobs; none where only validation was requested.</param>
/// <param name="Found">Violations and warnings.</param>
internal sealed record AdmittedJobs(IReadOnlyList<JobSpec> Specs, IReadOnlyList<Job> Jobs, ViolationList Found);
