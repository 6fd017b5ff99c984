using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A message for the user.</summary>
public sealed record LogMessage(LogSeverity Severity, string Text) : JobEventBody
{
    internal override string Describe(int step, int totalSteps) => Severity switch
    {
        LogSeverity.Warning => $"warning: {Text}",
        LogSeverity.Error => $"error: {Text}",
        _ => Text,
    };

    internal override LogSeverity GetSeverity() => Severity;

    internal override void WriteTo(Wire.JobEvent wire, JobId id) =>
        wire.Log = new Wire.LogMessage { Severity = Enum.Parse<Wire.LogMessage.Types.Severity>(Severity.ToString()), Text = Text };
}

public enum LogSeverity
{
    Info,
    Warning,
    Error,
}
