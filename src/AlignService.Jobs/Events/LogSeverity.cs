namespace AlignService.Jobs.Events;

public enum LogSeverity
{
    Info,
    Warning,
    Error,
}
