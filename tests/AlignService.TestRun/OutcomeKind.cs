namespace AlignService.TestRun;

public enum OutcomeKind
{
    Passed,
    Failed,
    Skipped,
}
