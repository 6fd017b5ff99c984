using AlignService.Architecture.Tests.Solution;
using Xunit;

namespace AlignService.Architecture.Tests;

public sealed class ProjectLineTests
{
    private static readonly string[] MaySeeContracts = ["AlignService.Training", "AlignService.Server", "AlignService.Cli"];

    public static TheoryData<string> Projects => [.. BuiltAssembly.Names];

    [Fact]
    public void Src_HoldsTheLineAndContracts() =>
        Assert.Equal([.. SourceProject.Line.Append(SourceProject.Contracts).Order(StringComparer.Ordinal)], BuiltAssembly.Names);

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_ReferencesOnlyWhatStandsToItsLeft(string project)
    {
        SourceProject file = SourceProject.InSrc.Single(candidate => candidate.Name == project);
        Assert.All(file.ProjectReferences, reference => AssertAllowed(project, reference));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Code_UsesOnlyWhatStandsToItsLeft(string project)
    {
        IEnumerable<string> own = BuiltAssembly.References(project).Where(name => name.StartsWith("AlignService.", StringComparison.Ordinal));
        Assert.All(own, reference => AssertAllowed(project, reference));
    }

    [Fact]
    public void EveryProjectButContracts_HasItsTests()
    {
        IEnumerable<string> tests = SourceProject.InTests.Select(project => project.Name);
        Assert.Subset(tests.ToHashSet(), SourceProject.Line.Select(project => project + ".Tests").ToHashSet());
    }

    [Fact]
    public void TestProject_ReferencesTheProjectThatItIsNamedAfter()
    {
        foreach (string project in SourceProject.Line)
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

    private static void AssertAllowed(string project, string reference)
    {
        bool allowed = reference == SourceProject.Contracts
            ? MaySeeContracts.Contains(project)
            : Place(reference) >= 0 && Place(reference) < Place(project);
        Assert.True(allowed, $"{project} uses {reference}; the line is {string.Join(" -> ", SourceProject.Line)}, and Contracts is seen by {string.Join(", ", MaySeeContracts)}.");
    }

    private static int Place(string project) => SourceProject.Line.ToList().IndexOf(project);
}
