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

    public static async Task<JobFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        string text = await ReadTextAsync(path, cancellationToken);
        var source = IsJson(path, text) ? JsonSource.Read(text, path) : YamlSource.Read(text, path);

        if (SourceText.FindFaults(source).ToList() is { Count: > 0 } faults)
        {
            throw new CommandException(ExitCode.BadInput, $"{path} is not a valid job file.", faults, path);
        }

        var fields = new FieldReader(path == "-" ? Directory.GetCurrentDirectory() : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        var json = fields.ReadRoot(source, JobSpec.Descriptor);
        if (fields.Faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{path} is not a valid job file.", fields.Faults, path);
        }

        return new JobFile(path, JsonParser.Default.Parse<JobSpec>(json.ToJsonString()), fields.Lines);
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
