using System.Text.Json.Serialization;

namespace AlignService.Jobs.Specs;

/// <summary>What kind of training a job is, with that kind's settings.</summary>
[JsonDerivedType(typeof(GrpoJob), "grpo")]
public abstract record JobKind;
