namespace AlignService.TestRun;

/// <summary>What became of one test.</summary>
/// <param name="Name">Display name, with the arguments of a theory's row.</param>
/// <param name="Kind">Passed, failed or skipped.</param>
/// <param name="Message">Failure message or reason for the skip; empty for a passed test.</param>
/// <param name="ExceptionType">Full name of the exception that failed the test, else empty.</param>
/// <param name="StackTrace">Where it failed, else empty.</param>
public sealed record TestOutcome(string Name, OutcomeKind Kind, string Message, string ExceptionType, string StackTrace)
{
    public static TestOutcome Failure(string name, string message) => new(name, OutcomeKind.Failed, message, "", "");
}
