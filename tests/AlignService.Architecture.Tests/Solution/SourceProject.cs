using System.Text.Json;
using System.Xml.Linq;
using AlignService.Testing;

namespace AlignService.Architecture.Tests.Solution;

/// <summary>A project of the checkout as its files say, before any build.</summary>
/// <param name="File">Its csproj.</param>
internal sealed record SourceProject(string File)
{
    /// <summary>What each project of src/ builds on. It may use these, and what they may use.</summary>
    private static readonly Dictionary<string, string[]> BuildsOn = new()
    {
        ["AlignService.Contracts"] = [],
        ["AlignService.Client"] = ["AlignService.Contracts"],
        ["AlignService.Text"] = [],
        ["AlignService.HuggingFace"] = ["AlignService.Text"],
        ["AlignService.Specs"] = ["AlignService.Contracts", "AlignService.HuggingFace"],
        ["AlignService.Model"] = ["AlignService.Specs"],
        ["AlignService.Training"] = ["AlignService.Model"],
        ["AlignService.Jobs"] = ["AlignService.Specs"],
        ["AlignService.Store"] = ["AlignService.Jobs"],
        ["AlignService.Server"] = ["AlignService.Store"],
        ["AlignService.Worker"] = ["AlignService.Store", "AlignService.Training"],
        ["AlignService.Cli"] = ["AlignService.Client", "AlignService.Server", "AlignService.Worker"],
    };

    /// <summary>The projects that the table knows.</summary>
    public static IReadOnlyCollection<string> Known => BuildsOn.Keys;

    public static IReadOnlyList<SourceProject> InSrc { get; } = FindIn("src");

    public static IReadOnlyList<SourceProject> InTests { get; } = FindIn("tests");

    public string Name => Path.GetFileNameWithoutExtension(File);

    public string Folder => Path.GetDirectoryName(File)!;

    public IReadOnlyList<string> ProjectReferences =>
        [.. Included("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public IReadOnlyList<string> PackageReferences => Included("PackageReference");

    /// <summary>All packages that a restore brings, those of referenced projects among them, by the lock file.</summary>
    public IReadOnlyList<string> LockedPackages
    {
        get
        {
            using JsonDocument locked = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(Folder, "packages.lock.json")));
            return [.. locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject()).Select(package => package.Name).Distinct()];
        }
    }

    /// <summary>The C# files written by hand.</summary>
    public IReadOnlyList<string> CodeFiles =>
        [.. Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories).Where(IsWritten).Order(StringComparer.Ordinal)];

    /// <summary>The projects that one may use, directly or through another.</summary>
    public static IReadOnlySet<string> Allowed(string project) =>
        BuildsOn[project].SelectMany(used => Allowed(used).Append(used)).ToHashSet();

    private static IReadOnlyList<SourceProject> FindIn(string folder) =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => new SourceProject(file))];

    private bool IsWritten(string file)
    {
        string first = Path.GetRelativePath(Folder, file).Split('/')[0];
        return first is not ("bin" or "obj");
    }

    private IReadOnlyList<string> Included(string item) =>
        [.. XDocument.Load(File).Descendants(item).Select(element => element.Attribute("Include")?.Value).OfType<string>()];
}
