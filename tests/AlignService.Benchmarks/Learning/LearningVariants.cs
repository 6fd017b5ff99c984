using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Preferences;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

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
        // The profile's absolute maximum of 5 is never reached in two minibatches; a nearer one shows in the clip fraction.
        Policy("cispo", GrpoProfile.Cispo, config => config with { Loss = config.Loss with { CispoAbsoluteMax = 1.2 } }),
        Policy("rloo", GrpoProfile.Rloo),
        Policy("ppo", GrpoProfile.Ppo, config => config with { StepCount = 2 * StepCount, EpochCount = 2, Critic = new CriticConfig { Model = SortingTask.RewardModel, LearningRate = 1e-3, ValueClip = null } }),
        Policy("trust_region", GrpoProfile.TrustRegion, config => config with { MinibatchCount = 1, StepCount = 20, TrustRegion = new() { MaxKl = 0.02 } }),
        ProcessSupervised(),
        new("sft", () => new SupervisedJob
        {
            Model = SortingTask.Policy,
            Examples = new ExampleSourceConfig { Inline = SortingExamples.Demonstrations },
            Config = Fitting,
        }),
        new("dpo", () => new PreferenceJob
        {
            Model = SortingTask.Policy,
            Preferences = new PreferenceSourceConfig { Inline = SortingExamples.Preferences },
            Config = Fitting with { Optimizer = new OptimizerConfig { LearningRate = LearningRate / 10 } },
        }),
        Policy("grpo_shuffled", GrpoProfile.Grpo, config => config with { ShuffleRewards = true }) with { MustLearn = false },
        Policy("grpo_slow", GrpoProfile.Grpo, Slow),
        Policy("grpo_slow_shuffled", GrpoProfile.Grpo, config => Slow(config) with { ShuffleRewards = true }) with { MustLearn = false },
    ];

    private static ExampleTrainingConfig Fitting => new() { StepCount = StepCount, BatchSize = RowsPerStep / 2, Optimizer = new OptimizerConfig { LearningRate = LearningRate } };

    public static LearningVariant Find(string name) =>
        All.Concat(KlControlVariants.All).FirstOrDefault(variant => variant.Name == name)
        ?? throw new ArgumentException($"There is no variant '{name}'; there are {string.Join(", ", All.Concat(KlControlVariants.All).Select(variant => variant.Name))}.");

    /// <summary>
    /// A fifth of the learning rate. Shuffled rewards are noise, which at the full rate moves the policy too: away from what it could do. Noise adds up less than a signal does, so that at a
    /// slower rate one still learns and the other stays where it was.
    /// </summary>
    private static GrpoConfig Slow(GrpoConfig config) => config with { Optimizer = config.Optimizer with { LearningRate = LearningRate / 5 } };

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

    /// <summary>Every letter in its place is worth a point, and so is the end token in its; the space before them is not scored.</summary>
    private static LearningVariant ProcessSupervised()
    {
        const string script = "steps.map((text, i) => i === 0 ? null : i <= answer.length ? Number(text === answer[i - 1]) : Number(i === answer.length + 1 && text === ''))";
        LearningVariant outcome = Policy("process", GrpoProfile.Grpo, config => config with { Advantage = AdvantageKind.Process });
        return outcome with
        {
            Create = () => (GrpoJob)outcome.Create() with
            {
                Rewards = [new JavaScriptConfig { Name = "letters", Script = script, SegmentPerToken = true }, new ExactMatchConfig { Name = SortingTask.Success, Weight = 0 }],
            },
        };
    }
}
