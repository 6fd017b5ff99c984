using AlignService.Training.Grpo;

namespace AlignService.Benchmarks.Learning;

/// <summary>The variants that are compared: each its profile, with the batch and the learning rate of the task.</summary>
internal static class LearningVariants
{
    private const int StepCount = 60;
    private const int RowsPerStep = 128;
    private const int MinibatchCount = 2;
    private const double LearningRate = 1e-4;

    public static IReadOnlyList<LearningVariant> All { get; } =
    [
        Policy("grpo", GrpoProfile.Grpo),
        Policy("dr_grpo", GrpoProfile.DrGrpo),
        Policy("dapo", GrpoProfile.Dapo),
        Policy("gspo", GrpoProfile.Gspo),
        Policy("cispo", GrpoProfile.Cispo),
        Policy("rloo", GrpoProfile.Rloo),
        Policy("ppo", GrpoProfile.Ppo, config => config with { EpochCount = 2, Critic = new() { Model = SortingTask.RewardModel, LearningRate = 1e-3, ValueClip = null } }),
        Policy("trust_region", GrpoProfile.TrustRegion, config => config with { MinibatchCount = 1, StepCount = 20, TrustRegion = new() { MaxKl = 0.02 } }),
        Policy("grpo_shuffled", GrpoProfile.Grpo, config => config with { ShuffleRewards = true }) with { MustLearn = false },
    ];

    public static LearningVariant Find(string name) =>
        All.Concat(KlControlVariants.All).FirstOrDefault(variant => variant.Name == name)
        ?? throw new ArgumentException($"There is no variant '{name}'; there are {string.Join(", ", All.Concat(KlControlVariants.All).Select(variant => variant.Name))}.");

    /// <summary>A profile with the batch and the learning rate of the task.</summary>
    public static LearningVariant Policy(string name, GrpoProfile profile, Func<GrpoConfig, GrpoConfig>? change = null)
    {
        GrpoConfig config = GrpoProfiles.Create(profile);
        config = config with
        {
            StepCount = StepCount,
            PromptsPerStep = RowsPerStep / config.GroupSize,
            MinibatchCount = MinibatchCount,
            ReportKl = true,
            Optimizer = config.Optimizer with { LearningRate = LearningRate },
        };
        config = change is null ? config : change(config);
        return new(name, () => SortingTask.Job(profile, config));
    }
}
