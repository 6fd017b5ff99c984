using AlignService.Architecture.Tests.Solution;
using Mono.Cecil;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>
/// Folders are modules: inside a project they use each other in one direction only. A type's folder is its namespace. Every folder counts by itself, a nested one
/// too, and the top-level folders once more with all that is in them.
/// </summary>
public sealed class FolderCycleTests
{
    public static TheoryData<string> Projects => [.. BuiltAssembly.Names];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_FormNoCycle(string project) => Assert.Empty(Cycles(project, name => name));

    [Theory]
    [MemberData(nameof(Projects))]
    public void TopLevelFolders_FormNoCycle(string project) => Assert.Empty(Cycles(project, name => TopLevel(project, name)));

    /// <summary>The folders of each cycle, with one use that leads from each into another of them.</summary>
    private static IEnumerable<string> Cycles(string project, Func<string, string> folderOf)
    {
        using ModuleDefinition module = BuiltAssembly.Open(project);
        FolderGraph graph = FolderGraph.Of(module, name => name.StartsWith(project, StringComparison.Ordinal) ? folderOf(name) : null);
        return [.. graph.Cycles().Select(cycle => string.Join("; ", graph.Uses(cycle)))];
    }

    private static string TopLevel(string project, string name)
    {
        string[] parts = name[project.Length..].Split('.', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? project : $"{project}.{parts[0]}";
    }
}
