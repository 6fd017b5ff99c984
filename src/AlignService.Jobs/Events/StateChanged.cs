using AlignService.Specs.Resources;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>The job moved to another state.</summary>
public sealed record StateChanged(JobState From, JobState To, string Reason) : JobEventBody
{
    internal override string Describe(int step, int totalSteps)
    {
        string state = To.ToString().ToLowerInvariant();
        return Reason.Length > 0 ? $"{state}: {Reason}" : state;
    }

    internal override LogSeverity GetSeverity() => To == JobState.Failed ? LogSeverity.Error : LogSeverity.Info;

    public override JobEventBody Bounded() => this with { Reason = ShortText.Cut(Reason) };

    internal override void WriteTo(Wire.JobEvent wire, JobId id) =>
        wire.StateChanged = new Wire.StateChanged { From = ToWire(From), To = ToWire(To), Reason = Reason };

    private static Wire.JobState ToWire(JobState state) => Enum.Parse<Wire.JobState>(state.ToString());
}
