namespace AlignService.TestRun;

/// <summary>A test project and the program that it builds.</summary>
/// <param name="Name">The project's name, as that of its folder.</param>
/// <param name="Executable">The xunit v3 program.</param>
/// <param name="RunsAlone">Whether it loads libtorch: two such programs at once fight over the cores.</param>
public sealed record TestProject(string Name, string Executable, bool RunsAlone)
{
    /// <summary>All test projects of the checkout, by name.</summary>
    public static IReadOnlyList<TestProject> Find(string root, string configuration) =>
        [.. Directory.GetFiles(Path.Combine(root, "tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(project => Describe(project, configuration))];

    private static TestProject Describe(string project, string configuration)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        string executable = Path.Combine(Path.GetDirectoryName(project)!, "bin", configuration, "net10.0", "linux-x64", name);
        bool usesTorch = File.ReadAllText(project).Contains("<UsesTorch>true</UsesTorch>", StringComparison.Ordinal);
        return new TestProject(name, executable, usesTorch);
    }
}
