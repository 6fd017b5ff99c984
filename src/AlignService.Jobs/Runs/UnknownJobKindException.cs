namespace AlignService.Jobs.Runs;

/// <summary>A job of a kind that this program cannot run.</summary>
public sealed class UnknownJobKindException(string message) : AlignException(message);
