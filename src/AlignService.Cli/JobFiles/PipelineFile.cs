using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.JobFiles;

/// <summary>A file with several jobs under `jobs`, by names with which they name each other.</summary>
/// <param name="Path">Where it was read.</param>
/// <param name="Jobs">In the order of the file.</param>
internal sealed record PipelineFile(string Path, IReadOnlyList<PipelineJob> Jobs)
{
    private const string Key = "jobs";

    public static bool Is(JobTree tree) => tree.Root is SourceMap map && map.Entries.Any(entry => entry.Key == Key);

    /// <exception cref="CommandException">It is not a valid pipeline; every fault of every job is listed.</exception>
    public static PipelineFile Of(JobTree tree)
    {
        List<Fault> faults = [];
        List<PipelineJob> jobs = [];
        foreach (SourceEntry entry in ((SourceMap)tree.Root).Entries)
        {
            if (entry.Key is not (Key or "$schema"))
            {
                faults.Add(new Fault(entry.Key, "a file with `jobs` has nothing beside it; put the field into the job that it belongs to.", entry.Line));
            }
            else if (entry is { Key: Key, Value: not SourceMap })
            {
                faults.Add(new Fault(Key, $"jobs must be a mapping of names to jobs; it is {entry.Value.Kind}.", entry.Line));
            }
            else if (entry is { Key: Key, Value: SourceMap map })
            {
                foreach (SourceEntry job in map.Entries)
                {
                    (JobFile file, IReadOnlyList<Fault> own) = JobFile.Read(tree with { Root = job.Value });
                    faults.AddRange(own.Select(fault => fault with { Field = $"{Key}.{job.Key}{(fault.Field.Length > 0 ? $".{fault.Field}" : "")}" }));
                    jobs.Add(new PipelineJob(job.Key, file));
                }
            }
        }

        JobTree.ThrowIfAny(faults, tree.Path);
        return new PipelineFile(tree.Path, jobs);
    }

    public CreateJobsRequest Request(string requestId, bool validateOnly) => new()
    {
        Jobs = { Jobs.Select(job => new NamedJob { Name = job.Name, Spec = job.File.Spec }) },
        RequestId = requestId,
        ValidateOnly = validateOnly,
        ListViolations = validateOnly,
    };

    /// <summary>A fault that the server found, with the job's name for its number, and its line.</summary>
    public Fault Place(Fault fault)
    {
        int end = fault.Field.IndexOf(']', StringComparison.Ordinal);
        if (!fault.Field.StartsWith("jobs[", StringComparison.Ordinal) || end < 0 || !int.TryParse(fault.Field.AsSpan(5, end - 5), out int index) || index >= Jobs.Count)
        {
            return fault;
        }

        Fault placed = Jobs[index].File.Place(fault with { Field = fault.Field[(end + 1)..].TrimStart('.') });
        return placed with { Field = $"{Key}.{Jobs[index].Name}.{placed.Field}" };
    }
}

/// <summary>One job of a pipeline.</summary>
internal sealed record PipelineJob(string Name, JobFile File);
