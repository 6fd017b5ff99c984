using AlignService.Architecture.Tests.Solution;
using Mono.Cecil;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>What is behind a seam stays behind it: each library is known to the projects listed here and to no other.</summary>
public sealed class PackageSeamTests
{
    private static readonly Dictionary<string, string[]> Seams = new()
    {
        ["TorchSharp"] = ["AlignService.Model", "AlignService.Training", "AlignService.Cli"],

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

    /// <summary>The process that answers clients must not be one that a native library can take down.</summary>
    [Fact]
    public void Server_CallsNoMemberThatTakesATensor()
    {
        using ModuleDefinition server = BuiltAssembly.Open("AlignService.Server");
        Assert.DoesNotContain(server.GetTypeReferences(), type => type.Namespace.StartsWith("TorchSharp", StringComparison.Ordinal));
    }

    private static bool IsOf(string assembly, string library) =>
        assembly == library || assembly.StartsWith(library + ".", StringComparison.Ordinal);
}
