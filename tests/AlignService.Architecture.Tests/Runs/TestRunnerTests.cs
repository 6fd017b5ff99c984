using AlignService.TestRun;
using Xunit;

namespace AlignService.Architecture.Tests.Runs;

/// <summary>Whole runs over programs that behave in every way a test program can: shell scripts that write, or do not write, a report.</summary>
public sealed class TestRunnerTests : IDisposable
{
    private const string WriteReport = """while [ "$1" != -result-xml ]; do shift; done; cat > "$2" <<'END'""";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("align-test-run-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task Run_TestsThatPass_Succeeds()
    {
        TestProject passing = Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1));
        (bool succeeded, string output) = await RunAsync([passing]);
        Assert.True(succeeded);
        Assert.EndsWith("1 passed, 0 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SeveralProjects_SumsThemAll()
    {
        TestProject one = Program("A", Reporting("""<test name="a" result="Pass" /><test name="b" result="Pass" />""", passed: 2));
        TestProject two = Program("B", Reporting("""<test name="c" result="Skip"><reason>no shared folder</reason></test><test name="d" result="Pass" />""", passed: 1, skipped: 1));
        (bool succeeded, string output) = await RunAsync([one, two with { RunsAlone = true }]);
        Assert.True(succeeded);
        Assert.Contains("SKIPPED c: no shared folder", output, StringComparison.Ordinal);
        Assert.EndsWith("3 passed, 0 failed, 1 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CrashedProgram_IsAFailureThatShowsItsLog()
    {
        (bool succeeded, string output) = await RunAsync([Program("A", "echo 'test x starting'; kill -ABRT $$")]);
        Assert.False(succeeded);
        Assert.Contains("signal 6", output, StringComparison.Ordinal);
        Assert.Contains("test x starting", output, StringComparison.Ordinal);
        Assert.EndsWith("0 passed, 1 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProgramThatFailsAfterAWholeReport_IsAFailure()
    {
        (bool succeeded, string output) = await RunAsync([Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1) + "exit 139")]);
        Assert.False(succeeded);
        Assert.EndsWith("1 passed, 1 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProjectWithoutATest_IsAFailure()
    {
        TestProject passing = Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1));
        (bool succeeded, string output) = await RunAsync([passing, Program("B", Reporting("", passed: 0))]);
        Assert.False(succeeded);
        Assert.Contains("No test ran.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StaleReportOfAnEarlierRun_IsNotCounted()
    {
        await RunAsync([Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1))]);
        (bool succeeded, string output) = await RunAsync([Program("A", "exit 0")]);
        Assert.False(succeeded);
        Assert.EndsWith("0 passed, 1 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProgramThatHangs_IsKilledAndFails()
    {
        TestRunOptions impatient = Options() with { TimeLimit = TimeSpan.FromMilliseconds(100) };
        (bool succeeded, string output) = await RunAsync([Program("A", "sleep 600")], impatient);
        Assert.False(succeeded);
        Assert.Contains("killed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProgramThatIsNotBuilt_IsAFailure()
    {
        (bool succeeded, _) = await RunAsync([new TestProject("A", Path.Combine(_root.FullName, "absent"), RunsAlone: false)]);
        Assert.False(succeeded);
    }

    [Fact]
    public async Task Run_FailedStepBeforeTheTests_IsAFailure()
    {
        TestProject passing = Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1));
        (bool succeeded, string output) = await RunAsync([passing], Options() with { FailedSteps = ["dotnet format"], SkippedSteps = ["protos: no npm"] });
        Assert.False(succeeded);
        Assert.Contains("FAILED dotnet format", output, StringComparison.Ordinal);
        Assert.Contains("SKIPPED protos: no npm", output, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed, 1 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Golden_ProjectWithoutGoldenTests_IsNoFailureButNoneAtAllIs()
    {
        TestRunOptions golden = Options() with { GoldenOnly = true };
        TestProject passing = Program("A", Reporting("""<test name="a" result="Pass" />""", passed: 1));
        TestProject without = Program("B", Reporting("", passed: 0));
        Assert.True((await RunAsync([passing, without], golden)).Succeeded);
        (bool succeeded, string output) = await RunAsync([without], golden);
        Assert.False(succeeded);
        Assert.Contains("No test ran.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Golden_FailingComparison_IsItsOneLine()
    {
        const string Line = "llama-gqa: log-prob[3], expected -1.25, got -1.5, tolerance 1E-05";
        TestProject failing = Program("A", Reporting($"""<test name="M(row: x)" result="Fail"><failure exception-type="Xunit.Sdk.TrueException"><message>{Line}</message></failure></test>""", failed: 1) + "exit 1");
        (bool succeeded, string output) = await RunAsync([failing], Options() with { GoldenOnly = true });
        Assert.False(succeeded);
        Assert.Contains(Line, output.Split('\n'));
    }

    private static string Reporting(string tests, int passed = 0, int failed = 0, int skipped = 0) =>
        $"{WriteReport}\n<assemblies><assembly passed=\"{passed}\" failed=\"{failed}\" skipped=\"{skipped}\"><collection>{tests}</collection></assembly></assemblies>\nEND\n";

    private TestRunOptions Options() => new() { Root = _root.FullName };

    private TestProject Program(string name, string script)
    {
        string file = Path.Combine(_root.FullName, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new TestProject(name, file, RunsAlone: false);
    }

    private async Task<(bool Succeeded, string Output)> RunAsync(IReadOnlyList<TestProject> projects, TestRunOptions? options = null)
    {
        options ??= Options();
        using StringWriter output = new();
        bool succeeded = await new TestRunner(options, new RunPrinter(output, options.GoldenOnly)).RunAsync(projects, TestContext.Current.CancellationToken);
        return (succeeded, output.ToString());
    }
}
