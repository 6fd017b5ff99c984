using System.Diagnostics;
using System.Xml;

namespace AlignService.TestRun;

/// <summary>Runs one project's tests in a process of their own. A crash, a missing report or no test at all is a failure, never silence.</summary>
public sealed class TestProgram(TestProject project, TestRunOptions options)
{
    private const int LogTailLines = 40;

    private string ReportFile => Path.Combine(options.ReportFolder, $"{project.Name}.xml");

    private string LogFile => Path.Combine(options.ReportFolder, $"{project.Name}.log");

    public async Task<ProjectResult> RunAsync(CancellationToken cancellation)
    {
        if (!File.Exists(project.Executable))
        {
            return new ProjectResult(project.Name, [Failure($"There is no {project.Executable}; build the solution first.")], TimeSpan.Zero);
        }

        File.Delete(ReportFile);
        long start = Stopwatch.GetTimestamp();
        int? exitCode = await ExecuteAsync(cancellation);
        List<TestOutcome> outcomes = ReadReport(exitCode);

        if (outcomes.Count == 0 && !options.GoldenOnly)
        {
            outcomes.Add(Failure("No test ran."));
        }

        return new ProjectResult(project.Name, outcomes, Stopwatch.GetElapsedTime(start));
    }

    /// <returns>The exit code, or null where the program had to be killed.</returns>
    private async Task<int?> ExecuteAsync(CancellationToken cancellation)
    {
        using StreamWriter log = new(LogFile);
        using Process process = new() { StartInfo = StartInfo() };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.TimeLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    private ProcessStartInfo StartInfo()
    {
        ProcessStartInfo start = new(project.Executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.Root,
        };
        // Verbose, so that the log of a crashed program names the test that was running.
        string[] arguments = ["-noLogo", "-noColor", "-noAutoReporters", "-reporter", "verbose", "-result-xml", ReportFile];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (project.RunsAlone)
        {
            start.ArgumentList.Add("-parallelMode");
            start.ArgumentList.Add("none");
        }

        if (options.GoldenOnly)
        {
            start.ArgumentList.Add("-trait");
            start.ArgumentList.Add("Category=Golden");
        }

        // OpenMP's spinning threads would starve the .NET threads beside them.
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        return start;
    }

    private List<TestOutcome> ReadReport(int? exitCode)
    {
        List<TestOutcome> outcomes = [];
        try
        {
            using FileStream report = File.OpenRead(ReportFile);
            outcomes.AddRange(TestReport.Read(report));
        }
        catch (Exception e) when (e is FileNotFoundException or XmlException)
        {
            outcomes.Add(Failure($"{HowItEnded(exitCode)} and left no whole report. The end of its log:\n{LogTail()}"));
            return outcomes;
        }

        if (exitCode != 0 && outcomes.TrueForAll(outcome => outcome.Kind != OutcomeKind.Failed))
        {
            outcomes.Add(Failure($"{HowItEnded(exitCode)} though no test failed. The end of its log:\n{LogTail()}"));
        }

        return outcomes;
    }

    private string HowItEnded(int? exitCode) => exitCode switch
    {
        null => $"The test program was killed after {options.TimeLimit.TotalMinutes:0} minutes",
        > 128 => $"The test program was ended by signal {exitCode - 128}",
        _ => $"The test program exited with code {exitCode}",
    };

    private string LogTail() => string.Join('\n', File.ReadLines(LogFile).TakeLast(LogTailLines));

    private TestOutcome Failure(string message) => TestOutcome.Failure(project.Name, message);

    private static void Write(StreamWriter log, string? line)
    {
        if (line is null)
        {
            return;
        }

        // Both streams write here, from threads of their own.
        lock (log)
        {
            log.WriteLine(line);
        }
    }
}
