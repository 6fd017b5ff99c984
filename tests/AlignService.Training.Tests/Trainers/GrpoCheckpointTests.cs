using System.Text.Json;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

public sealed class GrpoCheckpointTests : IDisposable
{
    private readonly RunFolder _temporary = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Variants => ["plain", "bf16", "dynamic", "reference_sync", "adaptive", "updates", "critic", "critic_apart", "critic_adapter", "critic_apart_adapter", "adapter", "adapter_sync", "trust_region"];

    [Fact]
    public void RunStep_SameSeedTwice_GivesTheSameBytes()
    {
        using GrpoTrainer first = Run(new TinyRun(), 4), second = Run(new TinyRun(), 4);

        Assert.Equal(GrpoTrainerTests.Bytes(first), GrpoTrainerTests.Bytes(second));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Restore_AfterFourOfEightSteps_EndsWithTheSameBytes(string variant)
    {
        TinyRun run = Variant(variant);
        using GrpoTrainer whole = Run(run, 8);
        using (GrpoTrainer half = Run(run, 4))
        {
            half.Save(_temporary.Root, TinyRun.Model, variant == "bf16" ? SaveDtype.BF16 : SaveDtype.AsLoaded);
        }

        using GrpoTrainer resumed = run.Start();
        resumed.Restore(_temporary.Root);
        Assert.Equal(4, resumed.CompletedSteps);
        for (int step = 4; step < 8; step++)
        {
            resumed.RunStep(Token);
        }

        Assert.Equal(GrpoTrainerTests.Bytes(whole), GrpoTrainerTests.Bytes(resumed));
        Assert.Equal(whole.KlCoefficient, resumed.KlCoefficient);
    }

    [Fact]
    public void Save_Float32_LosesNothing()
    {
        using GrpoTrainer trainer = Run(new TinyRun(), 1);

        RoundingReport report = trainer.Save(_temporary.Root, TinyRun.Model, SaveDtype.AsLoaded);

        Assert.Equal(new RoundingReport(false, 0), report);
    }

    [Fact]
    public void Save_SmallUpdateInBFloat16_SaysThatMostOfItIsLost()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = Run(run with { Config = run.Config with { Optimizer = new() { LearningRate = 1e-6 } } }, 1);

        RoundingReport report = trainer.Save(_temporary.Root, TinyRun.Model, SaveDtype.BF16);

        Assert.True(report is { Rounded: true, LostShare: > 0.9 }, report.ToString());
    }

    /// <summary>Jobs go on from the checkpoints of earlier versions.</summary>
    [Fact]
    public void Save_State_KeepsTheNamesOfEarlierCheckpoints()
    {
        using GrpoTrainer trainer = Run(new TinyRun { Segments = _ => [new(0, 1)] }, 1);
        trainer.Save(_temporary.Root, TinyRun.Model, SaveDtype.AsLoaded);

        using JsonDocument state = JsonDocument.Parse(File.ReadAllText(Path.Combine(_temporary.Root, "trainer", "trainer_state.json")));
        string rollout = JsonSerializer.Serialize(trainer.RunStep(Token).Rollouts[0].Rollout);

        Assert.Equal(
            [
                "completed_steps", "optimizer_steps", "critic_optimizer_steps", "prompt_position", "kl_coefficient", "skipped_in_a_row", "dropout_passes",
                "guardian", "holds_weights", "holds_reference", "waiting",
            ],
            state.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Contains("\"steps\":[[{\"End\":0,\"Score\":1}]]", rollout, StringComparison.Ordinal);
    }

    public void Dispose() => _temporary.Dispose();

    private static TinyRun Variant(string name)
    {
        TinyRun run = new();
        return name switch
        {
            "critic" => run.WithCritic(new()),
            "critic_adapter" => WithAdapter(run.WithCritic(new())),
            "critic_apart_adapter" => WithAdapter(run.WithCritic(new() { LearningRate = 0.02, WarmupSteps = 2 })),
            "trust_region" => run with
            {
                Config = run.Config with { TrustRegion = new(), Loss = new() { Objective = Objective.NaturalGradient, Aggregation = Aggregation.TokenMean, KlCoefficient = 0 } },
            },
            "critic_apart" => run.WithCritic(new() { LearningRate = 0.02, WarmupSteps = 2 }),
            _ => GroupVariant(name, run),
        };
    }

    private static TinyRun WithAdapter(TinyRun run) => run with { Config = run.Config with { Adapter = new() { Form = new() { Rank = 4, Dropout = 0.2 } } } };

    private static TinyRun GroupVariant(string name, TinyRun run)
    {
        return run with
        {
            Config = name switch
            {
                "plain" or "bf16" => run.Config,
                "dynamic" => run.Config with { DynamicSampling = true, MaxSamplingRounds = 3 },
                "reference_sync" => run.Config with { ReferenceSyncSteps = 3 },
                "adaptive" => run.Config with { AdaptiveKl = new() { Horizon = 100 } },
                "updates" => run.Config with { EpochCount = 2, MinibatchCount = 2, Optimizer = new() { LearningRate = 0.01, WarmupSteps = 5, Schedule = LearningRateSchedule.Cosine } },
                "adapter" => run.Config with { Adapter = new() { Form = new() { Rank = 4, Dropout = 0.2, ModulesToSave = ["model.norm"] } } },
                "adapter_sync" => run.Config with { Adapter = new(), ReferenceSyncSteps = 3, ReferenceSyncAlpha = 1 },
                _ => throw new ArgumentOutOfRangeException(nameof(name)),
            },
        };
    }

    private static GrpoTrainer Run(TinyRun run, int stepCount)
    {
        GrpoTrainer trainer = run.Start();
        for (int step = 0; step < stepCount; step++)
        {
            trainer.RunStep(Token);
        }

        return trainer;
    }
}
