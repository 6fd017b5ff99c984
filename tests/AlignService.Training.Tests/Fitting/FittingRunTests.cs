using AlignService.HuggingFace.Directories;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Fitting;
using AlignService.Training.RewardModeling;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Fitting;

public sealed class FittingRunTests : IDisposable
{
    private const int StopAfter = 3;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, SaveDtype, PolicyDtype> Resumed { get; } =
    [
        .. TinyFitting.Kinds.Select(kind => (kind, SaveDtype.AsLoaded, PolicyDtype.F32)),
        .. TinyFitting.Kinds.Select(kind => (kind, SaveDtype.BF16, PolicyDtype.F32)),
        .. TinyFitting.Kinds.Select(kind => (kind, SaveDtype.AsLoaded, PolicyDtype.BF16)),
        ("supervised", SaveDtype.BF16, PolicyDtype.BF16),
    ];

    public static TheoryData<string> Kinds { get; } = [.. TinyFitting.Kinds];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Resumed))]
    public void Load_FromACheckpointInTheMiddle_EndsWithTheSameBytes(string kind, SaveDtype dtype, PolicyDtype policyDtype)
    {
        TinyFitting fitting = new(_folder);
        fitting.Config = fitting.Config with { Memory = new() { PolicyDtype = policyDtype } };
        using (FittingRun whole = fitting.Load(kind))
        {
            Assert.Equal(6, whole.TotalSteps);
            Run(whole, whole.TotalSteps);
            whole.SaveCheckpoint(Place("whole"), dtype);
        }

        using (FittingRun half = fitting.Load(kind))
        {
            Run(half, StopAfter);
            half.SaveCheckpoint(Place("half"), dtype);
        }

        using FittingRun resumed = fitting.Load(kind, Place("half"));
        Assert.Equal(StopAfter, resumed.CompletedSteps);
        Run(resumed, resumed.TotalSteps - StopAfter);
        resumed.SaveCheckpoint(Place("resumed"), dtype);

        foreach (string file in new[] { "model.safetensors", "trainer_state.safetensors", "trainer_state.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Place("whole"), file)), File.ReadAllBytes(Path.Combine(Place("resumed"), file)));
        }

        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Place("whole"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("half"), "model.safetensors")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RunStep_ToTheEnd_LearnsItsExamples(string kind)
    {
        TinyFitting fitting = new(_folder);
        fitting.Config = fitting.Config with { EpochCount = 40, MaxLength = 8 };
        using FittingRun run = fitting.Load(kind);
        FittingEvaluation before = run.Evaluate(Token)!;
        FittingReport report = Run(run, run.TotalSteps);
        FittingEvaluation after = run.Evaluate(Token)!;

        Assert.True(after.Score > before.Score, $"{before.Score} before, {after.Score} after");
        Assert.Equal(120, report.Step);
        string[] common = ["time/step", "time/update", "tokens/trained", "tokens/trained_per_second"];
        Assert.Subset(report.Metrics.Keys.ToHashSet(), common.ToHashSet());
        Assert.DoesNotContain("tokens/generated", report.Metrics.Keys);
        Assert.All(after.Metrics, metric => Assert.StartsWith("eval/", metric.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("supervised")]
    [InlineData("preference")]
    public void Load_FromAnAdaptersCheckpoint_EndsWithTheSameBytesAndLeavesTheBaseAlone(string kind)
    {
        TinyFitting fitting = new(_folder);
        fitting.Config = fitting.Config with { Adapter = new() { Form = new() { Rank = 2, Dropout = 0.2 } } };
        using (FittingRun whole = fitting.Load(kind))
        {
            double before = whole.Evaluate(Token)!.Score;
            Run(whole, whole.TotalSteps);
            Assert.True(whole.Evaluate(Token)!.Score > before);
            whole.SaveCheckpoint(Place("whole"), SaveDtype.AsLoaded);
        }

        using (FittingRun half = fitting.Load(kind))
        {
            Run(half, StopAfter);
            half.SaveCheckpoint(Place("half"), SaveDtype.AsLoaded);
        }

        using FittingRun resumed = fitting.Load(kind, Place("half"));
        Run(resumed, resumed.TotalSteps - StopAfter);
        resumed.SaveCheckpoint(Place("resumed"), SaveDtype.AsLoaded);

        foreach (string file in new[] { "adapter_model.safetensors", "trainer_state.safetensors", "trainer_state.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Place("whole"), file)), File.ReadAllBytes(Path.Combine(Place("resumed"), file)));
        }

        Assert.False(File.Exists(Path.Combine(Place("whole"), "model.safetensors")));
    }

    [Theory]
    [InlineData("supervised")]
    [InlineData("preference")]
    [InlineData("reward_model")]
    public void Load_AnAdaptersCheckpointAsTheNextStart_TrainsTheMergedModel(string kind)
    {
        TinyFitting fitting = new(_folder);
        FittingConfig plain = fitting.Config;
        fitting.Config = plain with { Adapter = new() { Form = new() { Rank = 2 } } };
        using FittingRun adapted = fitting.Load("supervised");
        Run(adapted, 2);
        adapted.SaveCheckpoint(Place("adapted"), SaveDtype.AsLoaded);

        fitting.Config = plain;
        fitting.Model = Place("adapted");
        using FittingRun next = fitting.Load(kind);
        if (kind == "supervised")
        {
            Assert.Equal(adapted.Evaluate(Token)!.Score, next.Evaluate(Token)!.Score, 4);
        }

        Run(next, 1);
        next.SaveCheckpoint(Place("next"), SaveDtype.AsLoaded);
        Assert.True(File.Exists(Path.Combine(Place("next"), "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(Place("next"), "tokenizer.json")));
    }

    [Fact]
    public void Load_ARewardModelsCheckpointAsTheNextStart_GoesOnWithItsHead()
    {
        TinyFitting fitting = new(_folder);
        using FittingRun first = fitting.Load("reward_model");
        Run(first, 2);
        first.SaveCheckpoint(Place("first"), SaveDtype.AsLoaded);
        PreferenceSourceConfig preferences = new() { Inline = [new Preference(new(0, "ab", null, null), "c", "d")] };

        using FittingRun second = RewardModelRun.Load(new() { ModelDirectory = Place("first"), Preferences = preferences, EvaluationPreferences = preferences, Config = fitting.Config }, null);
        second.SaveCheckpoint(Place("second"), SaveDtype.AsLoaded);

        Assert.True(HuggingFaceDirectory.HasScoreHead(Place("first")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Place("first"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("second"), "model.safetensors")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_NothingHeldOut_TrainsAndGoesOn(string kind)
    {
        TinyFitting fitting = new(_folder) { Evaluates = false };
        using (FittingRun half = fitting.Load(kind))
        {
            Assert.Null(half.Evaluate(Token));
            Run(half, StopAfter);
            half.SaveCheckpoint(Place("half"), SaveDtype.AsLoaded);
        }

        using FittingRun resumed = fitting.Load(kind, Place("half"));
        Assert.Equal(resumed.TotalSteps, Run(resumed, resumed.TotalSteps - StopAfter).Step);
    }

    [Fact]
    public void Load_APreferenceRunThatGoesOn_KeepsTheReferenceOfItsStart()
    {
        TinyFitting fitting = new(_folder);
        using FittingRun half = fitting.Load("preference");
        Run(half, StopAfter);
        half.SaveCheckpoint(Place("half"), SaveDtype.AsLoaded);

        using FittingRun resumed = fitting.Load("preference", Place("half"));

        Assert.Equal(half.Evaluate(Token)!.Metrics, resumed.Evaluate(Token)!.Metrics);
        Assert.NotEqual(0, resumed.Evaluate(Token)!.Metrics["eval/margin/mean"], 3);
    }

    private static FittingReport Run(FittingRun run, int stepCount)
    {
        FittingReport report = run.RunStep(Token);
        for (int step = 1; step < stepCount; step++)
        {
            report = run.RunStep(Token);
        }

        return report;
    }

    private string Place(string name) => Path.Combine(_folder.Root, name);
}
