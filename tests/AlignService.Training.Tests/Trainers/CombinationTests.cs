using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

/// <summary>What must hold whatever is combined: how rows are cut into passes changes nothing, and a run that was interrupted ends as if it had not been.</summary>
public sealed class CombinationTests : IDisposable
{
    /// <summary>Sums of float32 in another order, moved on by a few small updates.</summary>
    private const double SplitTolerance = 2e-4;

    private const int StepCount = 4;

    private readonly RunFolder _temporary = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names { get; } = [.. Combinations.All.Keys];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void RunStep_AnyMicroBatchSize_ReportsTheSame(string name)
    {
        IReadOnlyDictionary<string, double> Metrics(int? size)
        {
            TinyRun run = Combinations.All[name];
            using GrpoTrainer trainer = (run with { Config = Slow(run.Config) with { MicroBatchSize = size } }).Start();
            StepReport report = trainer.RunStep(Token);
            return (run.Config.Critic is { WarmupSteps: > 0 } ? trainer.RunStep(Token) : report).Metrics;
        }

        IReadOnlyDictionary<string, double> whole = Metrics(null), single = Metrics(1);

        Assert.Equal(whole.Keys.Order(StringComparer.Ordinal), single.Keys.Order(StringComparer.Ordinal));
        Assert.True(whole["policy/grad_norm"] > 1e-3, $"the gradient's norm is {whole["policy/grad_norm"]}");
        Assert.All(whole.Where(metric => IsOfTheModel(metric.Key)), metric => Assert.Equal(metric.Value, single[metric.Key], SplitTolerance * Math.Max(1, Math.Abs(metric.Value))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Restore_InTheMiddle_EndsWithTheSameBytes(string name)
    {
        TinyRun run = Combinations.All[name];
        using GrpoTrainer whole = Run(run, StepCount);
        using (GrpoTrainer half = Run(run, StepCount / 2))
        {
            half.Save(_temporary.Root, TinyRun.Model, SaveDtype.AsLoaded);
        }

        using GrpoTrainer resumed = run.Start();
        resumed.Restore(_temporary.Root);
        for (int step = resumed.CompletedSteps; step < StepCount; step++)
        {
            resumed.RunStep(Token);
        }

        Assert.Equal(GrpoTrainerTests.Bytes(whole), GrpoTrainerTests.Bytes(resumed));
        Assert.Equal(whole.KlCoefficient, resumed.KlCoefficient);
        Assert.Equal(whole.Optimizer.StepCount, resumed.Optimizer.StepCount);
    }

    /// <summary>Small steps, which grow no rounding, and no dropout, whose masks are those of a pass.</summary>
    private static GrpoConfig Slow(GrpoConfig config) => config with
    {
        Optimizer = config.Optimizer with { LearningRate = 1e-5 },
        Critic = config.Critic is { LearningRate: not null } critic ? critic with { LearningRate = 1e-5 } : config.Critic,
        Adapter = config.Adapter is { } adapter ? adapter with { Form = adapter.Form with { Dropout = 0 } } : null,
    };

    private static bool IsOfTheModel(string metric) => metric.StartsWith("policy/", StringComparison.Ordinal) || metric.StartsWith("critic/", StringComparison.Ordinal);

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
