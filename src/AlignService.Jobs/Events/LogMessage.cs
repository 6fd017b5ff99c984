using AlignService.Specs.Resources;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A message for the user.</summary>
public sealed record LogMessage(LogSeverity Severity, string Text) : JobEventBody
{
    private const int LongestText = 2000;

    internal override string Describe(int step, int totalSteps) => Severity switch
    {
        LogSeverity.Warning => $"warning: {Text}",
        LogSeverity.Error => $"error: {Text}",
        _ => Text,
    };

    internal override LogSeverity GetSeverity() => Severity;

    public override JobEventBody Bounded() => this with { Text = ShortText.Cut(Text, LongestText) };

    internal override void WriteTo(Wire.JobEvent wire, JobId id) =>
        wire.Log = new Wire.LogMessage { Severity = Enum.Parse<Wire.LogMessage.Types.Severity>(Severity.ToString()), Text = Text };
}

public enum LogSeverity
{
    Info,
    Warning,
    Error,
}
