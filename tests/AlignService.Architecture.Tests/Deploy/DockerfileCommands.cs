using System.Text.Json;
using System.Text.RegularExpressions;
using AlignService.Testing;

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>The commands of deploy/Dockerfile, word for word, with the image's folders laid elsewhere.</summary>
internal sealed partial class DockerfileCommands(string appFolder, string dataFolder)
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "deploy", "Dockerfile"));

    /// <summary>What the build stage runs, for a shell.</summary>
    public string Publish => Lay(Only("RUN dotnet publish")["RUN ".Length..]);

    /// <summary>The build arguments with their defaults.</summary>
    public static IReadOnlyDictionary<string, string> Arguments =>
        Lines.Where(line => line.StartsWith("ARG ", StringComparison.Ordinal)).Select(line => line[4..].Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    public string EntryPoint => Lay(Words(Only("ENTRYPOINT ")).Single());

    public static IReadOnlyList<string> DefaultArguments => Words(Only("CMD "));

    /// <summary>The same arguments, or those of a compose service, for the folders of this run.</summary>
    public IReadOnlyList<string> Lay(IEnumerable<string> arguments) => [.. arguments.Select(Lay)];

    private static string Only(string instruction) => Lines.Single(line => line.StartsWith(instruction, StringComparison.Ordinal));

    private static string[] Words(string instruction) => JsonSerializer.Deserialize<string[]>(instruction[instruction.IndexOf('[', StringComparison.Ordinal)..])!;

    private string Lay(string text) => DataFolder().Replace(AppFolder().Replace(text, appFolder), dataFolder);

    [GeneratedRegex(@"(?<![\w.])/app\b")]
    private static partial Regex AppFolder();

    [GeneratedRegex(@"(?<![\w.])/data\b")]
    private static partial Regex DataFolder();
}
