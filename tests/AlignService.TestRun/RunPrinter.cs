using System.Globalization;

namespace AlignService.TestRun;

/// <summary>Prints each project as it ends, and the closing line.</summary>
public sealed class RunPrinter(TextWriter output, bool goldenOnly)
{
    private readonly Lock _lock = new();

    public void Print(ProjectResult result)
    {
        if (goldenOnly && result.Outcomes.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            foreach (TestOutcome outcome in result.Outcomes.Where(outcome => outcome.Kind == OutcomeKind.Failed))
            {
                output.WriteLine(goldenOnly ? GoldenLine(outcome) : Failure(outcome));
            }

            foreach (TestOutcome outcome in result.Outcomes.Where(outcome => outcome.Kind == OutcomeKind.Skipped))
            {
                output.WriteLine($"SKIPPED {outcome.Name}: {OneLine(outcome.Message)}");
            }

            string seconds = result.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            output.WriteLine($"{result.Name}: {Counts([result])} in {seconds} s");
            output.Flush();
        }
    }

    /// <summary>The closing line, `N passed, N failed, N skipped`.</summary>
    /// <returns>Whether nothing failed.</returns>
    public bool Close(IReadOnlyCollection<ProjectResult> results)
    {
        output.WriteLine(Counts(results));
        output.Flush();
        return results.Sum(result => result.Count(OutcomeKind.Failed)) == 0;
    }

    private static string Counts(IEnumerable<ProjectResult> results)
    {
        List<TestOutcome> all = [.. results.SelectMany(result => result.Outcomes)];
        int Sum(OutcomeKind kind) => all.Count(outcome => outcome.Kind == kind);
        return $"{Sum(OutcomeKind.Passed)} passed, {Sum(OutcomeKind.Failed)} failed, {Sum(OutcomeKind.Skipped)} skipped";
    }

    private static string Failure(TestOutcome outcome)
    {
        string kind = outcome.ExceptionType.Length == 0 || outcome.ExceptionType.StartsWith("Xunit.", StringComparison.Ordinal) ? "" : $"{outcome.ExceptionType}: ";
        string text = $"{kind}{outcome.Message}\n{outcome.StackTrace}".Trim();
        return $"FAILED {outcome.Name}\n    {text.ReplaceLineEndings("\n    ")}";
    }

    // A golden comparison's message is its line already: `case: what, expected, got, tolerance`. Whatever else failed is named by its test.
    private static string GoldenLine(TestOutcome outcome) =>
        outcome.Message.Contains(", expected ", StringComparison.Ordinal) && outcome.Message.Contains(", tolerance ", StringComparison.Ordinal)
            ? OneLine(outcome.Message)
            : OneLine($"{outcome.Name}: {outcome.ExceptionType} {outcome.Message}".Replace(":  ", ": ", StringComparison.Ordinal));

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
