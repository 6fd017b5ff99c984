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

    private const string NoFile = "--set";

    /// <param name="path">The file; `-` is standard input.</param>
    /// <param name="settings">FIELD=VALUE; each replaces the field in the file, or adds it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<JobFile> ReadAsync(string path, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        string text = await ReadTextAsync(path, cancellationToken);
        string folder = path == "-" ? Directory.GetCurrentDirectory() : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!; // a file has one
        return Of(IsJson(path, text) ? JsonSource.Read(text, path) : YamlSource.Read(text, path), settings, path, folder);
    }

    /// <summary>A job of which only these settings are given.</summary>
    public static JobFile OfSettings(IReadOnlyList<string> settings) => Of(new SourceMap([], SettingOverride.Line), settings, NoFile, Directory.GetCurrentDirectory());

    private static JobFile Of(SourceNode source, IReadOnlyList<string> settings, string path, string folder)
    {
        source = settings.Aggregate(source, (node, setting) => SettingOverride.Parse(setting).ApplyTo(node));
        var fields = new FieldReader(folder);
        ThrowIfAny([.. SourceText.FindFaults(source)], path);
        var json = fields.ReadRoot(source, JobSpec.Descriptor);
        ThrowIfAny(fields.Faults, path);
        return new JobFile(path, JsonParser.Default.Parse<JobSpec>(json.ToJsonString()), fields.Lines.Where(line => line.Value != SettingOverride.Line).ToDictionary());
    }

    private static void ThrowIfAny(IReadOnlyList<Fault> faults, string path)
    {
        if (faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{path} is not a valid job file.", [.. faults.Select(fault => fault.Line == SettingOverride.Line ? fault with { Line = null } : fault)], path);
        }
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

    private static bool IsJson(string path, string text) =>
        System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => true,
            ".yaml" or ".yml" => false,
            _ => text.TrimStart().StartsWith('{'),
        };

    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        if (path == "-")
        {
            return await InputText.ReadStandardInputAsync(cancellationToken);
        }

        if (!File.Exists(path))
        {
            throw new CommandException(ExitCode.BadInput, $"The job file {path} does not exist{NearFiles.Hint(path)}.");
        }

        try
        {
            await using FileStream file = File.OpenRead(path);
            return await InputText.ReadAsync(file, $"The job file {path}", cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"The job file {path} cannot be read: {exception.Message}", exception);
        }
    }
}
