using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Testing;

namespace AlignService.Benchmarks.Learning;

/// <summary>The demo's task: its models, prompts and rewards, as jobs name them.</summary>
internal static class SortingTask
{
    /// <summary>The true success; of weight 0, so that nothing is trained on it.</summary>
    public const string Success = "exact_match";

    private static readonly string Folder = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets");

    public static string Policy { get; } = Path.Combine(Folder, "policy");

    public static string RewardModel { get; } = Path.Combine(Folder, "reward-model");

    public static string TrainingPromptFile { get; } = Path.Combine(Folder, "train.jsonl");

    /// <summary>What the demo pays for: the reward model's score; the true success is only reported.</summary>
    public static IReadOnlyList<RewardConfig> Rewards { get; } =
        [new RewardModelConfig { Name = "reward_model", Model = RewardModel }, new ExactMatchConfig { Name = Success, Weight = 0 }];

    /// <summary>A policy-optimisation job on the task; 256 held-out prompts are sampled at temperature 1.</summary>
    public static GrpoJob Job(GrpoProfile profile, GrpoConfig config) => new()
    {
        Model = Policy,
        Prompts = new PromptSourceConfig { File = TrainingPromptFile },
        EvaluationPrompts = new PromptSourceConfig { File = Path.Combine(Folder, "heldout.jsonl") },
        Rewards = Rewards,
        Profile = profile,
        Config = config with { Sampling = config.Sampling with { MaxCompletionLength = 12 } },
        Evaluation = new EvaluationConfig { EverySteps = 10, Temperature = 1 },
    };
}
