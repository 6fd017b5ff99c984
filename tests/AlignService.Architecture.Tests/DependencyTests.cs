using System.Text.RegularExpressions;
using System.Xml.Linq;
using AlignService.Architecture.Tests.Solution;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests;

public sealed partial class DependencyTests
{
    private static IReadOnlyList<string> Packages { get; } =
        [.. XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value)
            .Order(StringComparer.Ordinal)];

    [Fact]
    public void TheDocument_SaysInOneLineWhyEachDependencyIsThere()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs/dependencies.md"));
        string[] explained = [.. PackageRows().Matches(document).Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal)];
        Assert.Equal(Packages, explained);
    }

    [Fact]
    public void EveryCentralVersion_IsUsedByAProject()
    {
        HashSet<string> used =
        [
            .. SourceProject.InSrc.Concat(SourceProject.InTests).SelectMany(project => project.PackageReferences),
            .. XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.targets")).Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value),
            .. PinnedThoughOnlyTransitive(),
        ];
        Assert.Empty(Packages.Except(used));
    }

    private static IEnumerable<string> PinnedThoughOnlyTransitive() =>
        SourceProject.InSrc.Concat(SourceProject.InTests)
            .Select(project => File.ReadAllText(Path.Combine(project.Folder, "packages.lock.json")))
            .SelectMany(lockFile => Packages.Where(package => lockFile.Contains($"\"{package}\": {{", StringComparison.Ordinal)));

    [GeneratedRegex(@"^\| `([\w.-]+)` \| [^|]{10,} \|$", RegexOptions.Multiline)]
    private static partial Regex PackageRows();
}
