using AlignService.Specs.Binding;
using AlignService.Specs.Guardian;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>What kind of training a job is, with that kind's settings.</summary>
[WireUnion("kind", typeof(JobKindRegistry), "job")]
public abstract record JobKind
{
    [Settings("evaluation", Aliases = "eval")]
    public EvaluationConfig Evaluation { get; init; } = new();

    [Settings("checkpoint", Aliases = "save checkpointing")]
    public CheckpointPolicy Checkpoint { get; init; } = new();

    /// <summary>How the guardian rolls back, if the kind has a guardian.</summary>
    public virtual GuardianConfig Guardian { get; } = new();

    /// <summary>The same job with other names for its models: policy, reference, critic, reward models and the adapter to start from.</summary>
    /// <param name="rename">Asked for each name.</param>
    public abstract JobKind WithModels(Func<string, string> rename);

    /// <summary>The kind with the defaults that depend on other settings.</summary>
    /// <param name="isGiven">Whether the wire has a field, by its path from the kind's message: <c>optimizer/learning_rate</c>.</param>
    internal abstract JobKind Settle(Func<string, bool> isGiven);

    /// <summary>With the job's seed as the key of the run's random streams.</summary>
    internal abstract JobKind WithSeed(ulong seed);

    /// <summary>The kind with only required fields given: the value of each setting if it is left out.</summary>
    internal abstract JobKind Usual();
}

/// <summary>What the kinds that train on fixed examples have in common.</summary>
public interface IExampleJob
{
    ExampleTrainingConfig Config { get; }

    /// <summary>The field of the held-out data where it is not set; null where it is.</summary>
    string? MissingHeldOut { get; }

    /// <summary>Whether there is a frozen model besides the one in training.</summary>
    bool HoldsFrozen => false;
}

/// <summary>Every kind of job, by its field in JobSpec. A new kind needs its record, its message and a line here.</summary>
internal sealed class JobKindRegistry : IWireKinds
{
    public IReadOnlyDictionary<string, Type> Kinds { get; } = new OrderedDictionary<string, Type>
    {
        ["grpo"] = typeof(GrpoJob),
        ["supervised"] = typeof(SupervisedJob),
        ["preference"] = typeof(PreferenceJob),
        ["reward_model"] = typeof(RewardModelJob),
    };

    /// <summary>What other trainers call the kinds.</summary>
    public static IReadOnlyDictionary<string, string> Aliases { get; } = new Dictionary<string, string>
    {
        ["dpo"] = "preference",
        ["ipo"] = "preference",
        ["sft"] = "supervised",
        ["finetune"] = "supervised",
        ["rm"] = "reward_model",
        ["reward"] = "reward_model",
        ["reward_modeling"] = "reward_model",
        ["ppo"] = "grpo",
        ["rloo"] = "grpo",
        ["rlhf"] = "grpo",
        ["actor_rollout_ref"] = "grpo",
    };
}
