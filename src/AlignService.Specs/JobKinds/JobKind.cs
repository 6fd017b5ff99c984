using System.Text.Json.Serialization;
using AlignService.Specs.Guardian;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>What kind of training a job is, with that kind's settings.</summary>
[JsonDerivedType(typeof(GrpoJob), "grpo")]
[JsonDerivedType(typeof(SupervisedJob), "supervised")]
[JsonDerivedType(typeof(PreferenceJob), "preference")]
[JsonDerivedType(typeof(RewardModelJob), "reward_model")]
public abstract record JobKind
{
    public EvaluationConfig Evaluation { get; init; } = new();

    public CheckpointPolicy Checkpoint { get; init; } = new();

    /// <summary>How the guardian rolls back; kept where the kind keeps it.</summary>
    [JsonIgnore]
    public virtual GuardianConfig Guardian { get; } = new();
}
