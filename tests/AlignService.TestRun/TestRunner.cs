using System.Collections.Concurrent;

namespace AlignService.TestRun;

/// <summary>Runs the projects' programs: the light ones side by side, then those with libtorch one after another.</summary>
public sealed class TestRunner(TestRunOptions options, RunPrinter printer)
{
    private const int LightProgramsAtOnce = 2;

    /// <returns>Whether nothing failed and something ran.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<TestProject> projects, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.ReportFolder);
        ProjectResult steps = StepResult();
        ConcurrentBag<ProjectResult> results = [steps];
        if (steps.Outcomes.Count > 0)
        {
            printer.Print(steps);
        }

        ParallelOptions sideBySide = new() { MaxDegreeOfParallelism = LightProgramsAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(projects.Where(project => !project.RunsAlone), sideBySide, async (project, token) => results.Add(await RunAsync(project, token)));

        foreach (TestProject project in projects.Where(project => project.RunsAlone))
        {
            results.Add(await RunAsync(project, cancellation));
        }

        bool somethingRan = results.Any(result => result.Count(OutcomeKind.Passed) + result.Count(OutcomeKind.Failed) > 0);
        if (!somethingRan)
        {
            ProjectResult nothing = new("tests", [TestOutcome.Failure("tests", "No test ran.")], TimeSpan.Zero);
            printer.Print(nothing);
            results.Add(nothing);
        }

        return printer.Close(results);
    }

    private async Task<ProjectResult> RunAsync(TestProject project, CancellationToken cancellation)
    {
        ProjectResult result = await new TestProgram(project, options).RunAsync(cancellation);
        printer.Print(result);
        return result;
    }

    private ProjectResult StepResult() => new(
        "steps before the tests",
        [
            .. options.FailedSteps.Select(step => TestOutcome.Failure(step, "")),
            .. options.SkippedSteps.Select(step => new TestOutcome(step, OutcomeKind.Skipped, "", "", "")),
        ],
        TimeSpan.Zero);
}
