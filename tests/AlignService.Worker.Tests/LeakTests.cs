using AlignService.Jobs.Runs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using TorchSharp;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>
/// A step, an evaluation, a checkpoint and a whole run leave no tensor behind. Counted are the handles that were made on this thread and not disposed of:
/// one that waits for its finaliser counts as live, so that no garbage collection hides a leak.
/// </summary>
public sealed class LeakTests : IDisposable
{
    private const int WarmupSteps = 2; // the optimiser's moments come with the first update
    private const int MeasuredSteps = 3;

    private static readonly Dictionary<string, Func<RunFolder, ITrainingRun>> Runs = new()
    {
        ["grpo"] = folder => Policy(folder, new TinyRun()),
        ["grpo, many updates per step"] = folder => Policy(folder, With(config => config with { EpochCount = 2, MinibatchCount = 2, MicroBatchSize = 2, Loss = config.Loss with { KlCoefficient = 0.05, EntropyCoefficient = 0.01 } })),
        ["grpo with an adapter"] = folder => Policy(folder, With(config => config with { Adapter = new() { Form = new() { Rank = 2, Dropout = 0.2 } } })),
        ["grpo in bfloat16"] = folder => Policy(folder, With(config => config with { Memory = new() { PolicyDtype = PolicyDtype.BF16, FrozenDtype = FrozenDtype.BF16 } })),
        ["grpo with a synchronised reference"] = folder => Policy(folder, With(config => config with { ReferenceSyncSteps = 2, Loss = config.Loss with { KlCoefficient = 0.05 } })),
        ["critic"] = folder => Policy(folder, new TinyRun().WithCritic(new() { LearningRate = 0.01 })),
        ["trust region"] = folder => Policy(folder, With(config => config with
        {
            GroupSize = 8,
            TrustRegion = new(),
            Loss = new() { Objective = Objective.NaturalGradient, Aggregation = Aggregation.TokenMean, KlCoefficient = 0 },
        })),
        ["supervised"] = folder => Examples(folder, "supervised", adapter: null),
        ["supervised with an adapter"] = folder => Examples(folder, "supervised", new() { Form = new() { Rank = 2, Dropout = 0.2 } }),
        ["preference"] = folder => Examples(folder, "preference", adapter: null),
        ["preference with an adapter"] = folder => Examples(folder, "preference", new() { Form = new() { Rank = 2 } }),
        ["reward_model"] = folder => Examples(folder, "reward_model", adapter: null),
    };

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Of this thread alone; the tests beside it do not disturb it.
    private static long LiveTensors => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    public static TheoryData<string> Kinds { get; } = [.. Runs.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RunStep_AfterTheFirst_LeavesNoTensor(string kind)
    {
        using ITrainingRun run = Prepared(kind);
        Steps(run, WarmupSteps);
        long before = LiveTensors;

        Steps(run, MeasuredSteps);

        Assert.Equal(before, LiveTensors);
        Assert.Equal(WarmupSteps + MeasuredSteps, run.CompletedSteps);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EvaluateAndSave_LeaveNoTensor(string kind)
    {
        using ITrainingRun run = Prepared(kind);
        Steps(run, WarmupSteps);
        long before = LiveTensors;

        Assert.NotNull(run.Evaluate(Token));
        Assert.Equal(before, LiveTensors);

        run.SaveCheckpoint(Path.Combine(_folder.Root, "checkpoint"));
        Assert.Equal(before, LiveTensors);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Dispose_AfterStepsAndAfterAResume_LeavesNoTensor(string kind)
    {
        long before = LiveTensors;
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using (ITrainingRun run = Prepared(kind))
        {
            Steps(run, WarmupSteps);
            run.SaveCheckpoint(checkpoint);
        }

        Assert.Equal(before, LiveTensors);

        using RunFolder second = new();
        using (ITrainingRun resumed = Runs[kind](second))
        {
            resumed.Prepare(checkpoint, Token);
            Steps(resumed, 1);
        }

        Assert.Equal(before, LiveTensors);
    }

    [Fact]
    public void Count_ATensorThatNothingDisposesOf_IsLive()
    {
        long before = LiveTensors;
        Forget();
        using (torch.NewDisposeScope())
        {
            torch.ones(1).DetachFromDisposeScope();
            torch.ones(1).MoveToOuterDisposeScope();
            using torch.Tensor disposed = torch.ones(1) + 1;
        }

        Assert.Equal(before + 3, LiveTensors);

        static void Forget() => torch.ones(1);
    }

    private static TinyRun With(Func<GrpoConfig, GrpoConfig> change)
    {
        TinyRun run = new();
        return run with { Config = change(run.Config) };
    }

    internal static PolicyOptimizationRun Policy(RunFolder folder, TinyRun run) => new(
        new GrpoJob
        {
            Model = folder.TinyModel("model"),
            Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
            EvaluationPrompts = new() { Inline = [new Prompt(0, "abc", null, null)] },
            Rewards = [new RegularExpressionConfig { Name = "letters", Pattern = "[a-m]" }, new LengthConfig { Name = "length" }],
            Config = run.Config,
        },
        new RunEnvironment());

    private static ExampleRun Examples(RunFolder folder, string kind, PolicyAdapterConfig? adapter)
    {
        TinyExamples tiny = new(folder);
        tiny.Config = tiny.Config with { Adapter = adapter };
        return tiny.Create(kind, new RunEnvironment());
    }

    private ITrainingRun Prepared(string kind)
    {
        ITrainingRun run = Runs[kind](_folder);
        run.Prepare(null, Token);
        return run;
    }

    private static void Steps(ITrainingRun run, int count)
    {
        for (int step = 0; step < count; step++)
        {
            run.RunStep(Token);
        }
    }
}
