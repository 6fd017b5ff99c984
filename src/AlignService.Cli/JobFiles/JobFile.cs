using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Google.Protobuf;

namespace AlignService.Cli.JobFiles;

/// <summary>A job as a user writes it: YAML or JSON by the schema that `align schema` prints.</summary>
/// <param name="Path">Where it was read; `-` is standard input.</param>
/// <param name="Spec">Its contents, with paths made absolute.</param>
/// <param name="Lines">Line of each field that the file sets, by its path.</param>
internal sealed record JobFile(string Path, JobSpec Spec, IReadOnlyDictionary<string, int> Lines)
{
    private const string SpecPrefix = "spec.";

    /// <param name="path">The file; `-` is standard input.</param>
    /// <param name="settings">FIELD=VALUE; each replaces the field in the file, or adds it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<JobFile> ReadAsync(string path, IReadOnlyList<string> settings, CancellationToken cancellationToken) => Of(await JobTree.ReadAsync(path, settings, cancellationToken));

    /// <summary>A job of which only these settings are given.</summary>
    public static JobFile OfSettings(IReadOnlyList<string> settings) => Of(JobTree.OfSettings(settings));

    /// <exception cref="CommandException">It is not a job; every fault is listed.</exception>
    public static JobFile Of(JobTree tree)
    {
        (JobFile file, IReadOnlyList<Fault> faults) = Read(tree);
        JobTree.ThrowIfAny(faults, tree.Path);
        return file;
    }

    /// <summary>What can be read of a job, and what is wrong with it.</summary>
    public static (JobFile File, IReadOnlyList<Fault> Faults) Read(JobTree tree)
    {
        var fields = new FieldReader(tree.Folder);
        List<Fault> faults = [.. SourceText.FindFaults(tree.Root)];
        var json = faults.Count > 0 ? [] : fields.ReadRoot(tree.Root, JobSpec.Descriptor);
        faults.AddRange(fields.Faults);
        JobSpec spec = faults.Count > 0 ? new JobSpec() : JsonParser.Default.Parse<JobSpec>(json.ToJsonString());
        return (new JobFile(tree.Path, spec, fields.Lines.Where(line => line.Value != SettingOverride.Line).ToDictionary()), faults);
    }

    /// <summary>A fault that the server found, with the field's name and line in this file.</summary>
    public Fault Place(Fault fault)
    {
        string field = fault.Field.StartsWith(SpecPrefix, StringComparison.Ordinal) ? fault.Field[SpecPrefix.Length..] : fault.Field;
        return fault with { Field = field, Line = LineOf(field) };
    }

    /// <summary>The line of a field, or of the nearest enclosing one that the file sets.</summary>
    private int? LineOf(string field)
    {
        for (string path = field; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))])
        {
            if (Lines.TryGetValue(path, out int line))
            {
                return line;
            }
        }

        return null;
    }
}
