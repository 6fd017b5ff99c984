using System.Xml.Linq;
using AlignService.Testing;

namespace AlignService.Architecture.Tests.Solution;

/// <summary>A project of the checkout as its files say, before any build.</summary>
/// <param name="File">Its csproj.</param>
internal sealed record SourceProject(string File)
{
    /// <summary>Every project uses only what stands to its left; Contracts stands outside the line.</summary>
    public static readonly IReadOnlyList<string> Line =
    [
        "AlignService.Model", "AlignService.Training", "AlignService.Jobs", "AlignService.Store", "AlignService.Server", "AlignService.Cli",
    ];

    public const string Contracts = "AlignService.Contracts";

    public static IReadOnlyList<SourceProject> InSrc { get; } = FindIn("src");

    public static IReadOnlyList<SourceProject> InTests { get; } = FindIn("tests");

    public string Name => Path.GetFileNameWithoutExtension(File);

    public string Folder => Path.GetDirectoryName(File)!;

    public IReadOnlyList<string> ProjectReferences =>
        [.. Included("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public IReadOnlyList<string> PackageReferences => Included("PackageReference");

    /// <summary>The C# files written by hand.</summary>
    public IReadOnlyList<string> CodeFiles =>
        [.. Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories).Where(IsWritten).Order(StringComparer.Ordinal)];

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
