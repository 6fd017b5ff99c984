namespace AlignService.TestRun;

/// <summary>What to run and how.</summary>
public sealed record TestRunOptions
{
    /// <summary>The checkout's root folder.</summary>
    public required string Root { get; init; }

    /// <summary>Build configuration whose test programs run.</summary>
    public string Configuration { get; init; } = "Release";

    /// <summary>Run only the tests with the trait Category=Golden; a project without any is then no failure.</summary>
    public bool GoldenOnly { get; init; }

    /// <summary>Steps before the tests (formatting, protos) that failed, as `name: what`; each counts as one failure.</summary>
    public IReadOnlyList<string> FailedSteps { get; init; } = [];

    /// <summary>Steps before the tests that could not run, as `name: reason`; each counts as one skip.</summary>
    public IReadOnlyList<string> SkippedSteps { get; init; } = [];

    /// <summary>Reports and logs of the test programs.</summary>
    public string ReportFolder => Path.Combine(Root, "artifacts", "tests");

    /// <summary>How long one test program may run; then it is killed and counts as a failure.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(45);

    /// <exception cref="ArgumentException">An argument is unknown or lacks its value.</exception>
    public static TestRunOptions Parse(IReadOnlyList<string> arguments)
    {
        TestRunOptions options = new() { Root = Directory.GetCurrentDirectory() };
        for (int i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--root" => options with { Root = Path.GetFullPath(Value(arguments, ++i)) },
                "--configuration" => options with { Configuration = Value(arguments, ++i) },
                "--golden" => options with { GoldenOnly = true },
                "--failed-step" => options with { FailedSteps = [.. options.FailedSteps, Value(arguments, ++i)] },
                "--skipped-step" => options with { SkippedSteps = [.. options.SkippedSteps, Value(arguments, ++i)] },
                string other => throw new ArgumentException(
                    $"'{other}' is not an argument of the test run; known are --root, --configuration, --golden, --failed-step and --skipped-step."),
            };
        }

        return options;
    }

    private static string Value(IReadOnlyList<string> arguments, int index) =>
        index < arguments.Count ? arguments[index] : throw new ArgumentException($"{arguments[index - 1]} needs a value.");
}
