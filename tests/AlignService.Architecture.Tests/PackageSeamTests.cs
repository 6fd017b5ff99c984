using AlignService.Architecture.Tests.Solution;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>What is behind a seam stays behind it: each library is known to the projects listed here and to no other.</summary>
public sealed class PackageSeamTests
{
    private const string Torch = "TorchSharp";

    private static readonly Dictionary<string, string[]> Seams = new()
    {
        [Torch] = ["AlignService.Model", "AlignService.Training", "AlignService.Worker", "AlignService.Cli"],

        // What reads Python pickles stays out of everything that loads models.
        ["TorchSharp.PyBridge"] = ["AlignService.Cli"],
        ["Razorvine.Pickle"] = ["AlignService.Cli"],
        ["Microsoft.ML.Tokenizers"] = ["AlignService.Cli"],
        ["Npgsql"] = ["AlignService.Store"],
        ["Microsoft.Data.Sqlite"] = ["AlignService.Store"],
        ["Dapper"] = ["AlignService.Store"],
        ["OpenTelemetry"] = ["AlignService.Server"],
        ["Microsoft.AspNetCore"] = ["AlignService.Server", "AlignService.Cli"],
        ["Spectre.Console"] = ["AlignService.Cli"],
        ["System.CommandLine"] = ["AlignService.Cli"],
        ["System.Console"] = ["AlignService.Cli"],
    };

    public static TheoryData<string> Libraries => [.. Seams.Keys];

    public static TheoryData<string> ProjectsWithoutTorch => [.. SourceProject.Known.Except(Seams[Torch])];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Library_IsUsedOnlyBehindItsSeam(string library)
    {
        IEnumerable<string> users = BuiltAssembly.Names.Where(project => BuiltAssembly.References(project).Any(name => IsOf(name, library)));
        Assert.All(users, user => Assert.True(Seams[library].Contains(user), $"{user} uses {library}, which only {string.Join(", ", Seams[library])} may."));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Package_IsReferencedOnlyBehindItsSeam(string library)
    {
        IEnumerable<SourceProject> users = SourceProject.InSrc.Where(project => project.PackageReferences.Any(name => IsOf(name, library)));
        Assert.All(users, user => Assert.Contains(user.Name, Seams[library]));
    }

    /// <summary>The process that answers clients must not be one that a native library can take down: it cannot load what it does not reference, not even through another project.</summary>
    [Theory]
    [MemberData(nameof(ProjectsWithoutTorch))]
    public void ProjectWithoutTorch_RestoresNoneOfItsPackages(string project)
    {
        SourceProject source = SourceProject.InSrc.Single(candidate => candidate.Name == project);
        Assert.DoesNotContain(source.LockedPackages, package => package.StartsWith(Torch, StringComparison.OrdinalIgnoreCase) || package.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsOf(string assembly, string library) =>
        assembly == library || assembly.StartsWith(library + ".", StringComparison.Ordinal);
}
