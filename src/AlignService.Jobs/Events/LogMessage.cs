namespace AlignService.Jobs.Events;

/// <summary>A line for the user.</summary>
public sealed record LogMessage(LogSeverity Severity, string Text) : JobEventBody;
