using AlignService.Specs.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>Something that happened in a job. Unique by job, step, kind (the body's type) and key.</summary>
/// <param name="Cursor">Rises by 1 from 1 within the job; 0 until it is stored.</param>
/// <param name="Time">When it was first recorded.</param>
/// <param name="Step">The step it belongs to; 0 before the first.</param>
/// <param name="Key">Distinguishes events of one kind and step; "" where there is only one.</param>
/// <param name="Body">What happened.</param>
public sealed record JobEvent(long Cursor, DateTimeOffset Time, int Step, string Key, JobEventBody Body)
{
    /// <summary>An event that is not stored yet; the store assigns cursor and time.</summary>
    public static JobEvent New(int step, string key, JobEventBody body) => new(0, default, step, key, body);

    /// <summary>The event as on the wire, with its sentence.</summary>
    /// <param name="id">The job.</param>
    /// <param name="totalSteps">Steps of the job; 0 where unknown.</param>
    public Wire.JobEvent ToWire(JobId id, int totalSteps)
    {
        var wire = new Wire.JobEvent
        {
            Cursor = Cursor,
            Time = Timestamp.FromDateTimeOffset(Time),
            Step = Step,
            Text = Body.Describe(Step, totalSteps),
            Severity = System.Enum.Parse<Wire.LogMessage.Types.Severity>(Body.GetSeverity().ToString()),
        };
        Body.WriteTo(wire, id);
        return wire;
    }
}

/// <summary>What happened: one derived record per kind, each with an entry in <see cref="EventKinds"/>.</summary>
public abstract record JobEventBody
{
    /// <summary>One sentence for people, the same wherever the event is shown; empty where only a chart shows it.</summary>
    /// <param name="step">The step that it belongs to.</param>
    /// <param name="totalSteps">Steps of the job; 0 where unknown.</param>
    internal abstract string Describe(int step, int totalSteps);

    /// <summary>How much attention it needs.</summary>
    internal virtual LogSeverity GetSeverity() => LogSeverity.Info;

    /// <summary>The event as it is kept: what models, scripts and programs wrote has no bound of its own.</summary>
    public virtual JobEventBody Bounded() => this;

    /// <summary>Sets the wire's field of this kind.</summary>
    internal abstract void WriteTo(Wire.JobEvent wire, JobId id);
}
