using System.Text.Json.Serialization;

namespace AlignService.Jobs.Events;

/// <summary>What happened; the wire's JobEvent kinds one to one.</summary>
[JsonDerivedType(typeof(StateChanged), "state_changed")]
[JsonDerivedType(typeof(LogMessage), "log")]
[JsonDerivedType(typeof(MetricPoints), "metrics")]
[JsonDerivedType(typeof(SampleCompletions), "samples")]
[JsonDerivedType(typeof(CheckpointWritten), "checkpoint")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(Divergence), "divergence")]
[JsonDerivedType(typeof(GuardianReport), "guardian")]
public abstract record JobEventBody;
