using AlignService.Specs.Resources;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A new worker continued from a checkpoint.</summary>
public sealed record Resumed(int Attempt, int FromStep, string Reason) : JobEventBody
{
    internal override string Describe(int step, int totalSteps)
    {
        string resumed = $"attempt {Attempt} continues from step {FromStep}";
        return Reason.Length > 0 ? $"{resumed}: {Reason}" : resumed;
    }

    internal override LogSeverity GetSeverity() => LogSeverity.Warning;

    public override JobEventBody Bounded() => this with { Reason = ShortText.Cut(Reason) };

    internal override void WriteTo(Wire.JobEvent wire, JobId id) =>
        wire.Resumed = new Wire.Resumed { Attempt = Attempt, FromStep = FromStep, Reason = Reason };
}
