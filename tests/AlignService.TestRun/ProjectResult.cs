namespace AlignService.TestRun;

/// <summary>What one test project's program gave.</summary>
public sealed record ProjectResult(string Name, IReadOnlyList<TestOutcome> Outcomes, TimeSpan Elapsed)
{
    public int Count(OutcomeKind kind) => Outcomes.Count(outcome => outcome.Kind == kind);
}
