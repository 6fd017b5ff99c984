using AlignService.Architecture.Tests.Solution;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>Which projects know which: dependencies run one way, and what needs no libtorch does not see what needs it.</summary>
public sealed class ProjectGraphTests
{
    /// <summary>Generated code has no tests of its own; those of Specs stand with its users.</summary>
    private static readonly string[] WithoutTests = ["AlignService.Contracts", "AlignService.Specs"];

    public static TheoryData<string> Projects => [.. BuiltAssembly.Names];

    [Fact]
    public void Src_HoldsTheProjectsOfTheTable() =>
        Assert.Equal(SourceProject.Known.Order(StringComparer.Ordinal), BuiltAssembly.Names.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_ReferencesOnlyWhatItMay(string project)
    {
        SourceProject file = SourceProject.InSrc.Single(candidate => candidate.Name == project);
        AssertAllowed(project, file.ProjectReferences);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Code_UsesOnlyWhatItMay(string project) =>
        AssertAllowed(project, BuiltAssembly.References(project).Where(name => name.StartsWith("AlignService.", StringComparison.Ordinal)));

    [Fact]
    public void EveryProject_HasItsTests()
    {
        HashSet<string> tests = [.. SourceProject.InTests.Select(project => project.Name)];
        Assert.Subset(tests, Tested.Select(project => project + ".Tests").ToHashSet());
    }

    [Fact]
    public void TestProject_ReferencesTheProjectThatItIsNamedAfter()
    {
        foreach (string project in Tested)
        {
            SourceProject tests = SourceProject.InTests.Single(candidate => candidate.Name == project + ".Tests");
            Assert.Contains(project, tests.ProjectReferences);
        }
    }

    [Fact]
    public void Solution_HoldsEveryProject()
    {
        string solution = File.ReadAllText(Path.Combine(Testing.Repository.Root, "AlignService.sln"));
        Assert.All([.. SourceProject.InSrc, .. SourceProject.InTests], project =>
            Assert.Contains($"{project.Name}.csproj", solution, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Tested => SourceProject.Known.Except(WithoutTests);

    private static void AssertAllowed(string project, IEnumerable<string> references)
    {
        IReadOnlySet<string> allowed = SourceProject.Allowed(project);
        Assert.All(references, reference => Assert.True(allowed.Contains(reference), $"{project} uses {reference}; it may use {string.Join(", ", allowed)}."));
    }
}
