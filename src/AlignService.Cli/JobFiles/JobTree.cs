using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>A job file as it was read, before anything is made of its fields.</summary>
/// <param name="Path">Where it was read; `-` is standard input.</param>
/// <param name="Root">With what the command line sets.</param>
/// <param name="Folder">What relative paths start from.</param>
internal sealed record JobTree(string Path, SourceNode Root, string Folder)
{
    private const string NoFile = "the command line";

    /// <param name="path">The file; `-` is standard input.</param>
    /// <param name="settings">FIELD=VALUE; each replaces the field in the file, or adds it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CommandException">It cannot be read, or is neither YAML nor JSON.</exception>
    public static async Task<JobTree> ReadAsync(string path, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        string text = await ReadTextAsync(path, cancellationToken);
        string folder = path == "-" ? Directory.GetCurrentDirectory() : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!; // a file has one
        return new JobTree(path, IsJson(path, text) ? JsonSource.Read(text, path) : YamlSource.Read(text, path), folder).With(settings.Select(SettingOverride.Parse));
    }

    /// <summary>A job of which only these settings are given.</summary>
    public static JobTree OfSettings(IReadOnlyList<string> settings) =>
        new JobTree(NoFile, new SourceMap([], SettingOverride.Line), Directory.GetCurrentDirectory()).With(settings.Select(SettingOverride.Parse));

    public JobTree With(IEnumerable<SettingOverride> settings) => this with { Root = settings.Aggregate(Root, (node, setting) => setting.ApplyTo(node)) };

    /// <exception cref="CommandException">There are faults; what the command line set has no line.</exception>
    public static void ThrowIfAny(IReadOnlyList<Fault> faults, string path)
    {
        if (faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{path} is not a valid job file.", [.. faults.Select(fault => fault.Line == SettingOverride.Line ? fault with { Line = null } : fault)], path);
        }
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
