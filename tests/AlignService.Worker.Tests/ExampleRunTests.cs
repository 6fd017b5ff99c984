using System.Globalization;
using System.Text.RegularExpressions;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Data.Files;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Examples;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

public sealed class ExampleRunTests : IDisposable
{
    private const int StopAfter = 3;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, SaveDtype, PolicyDtype> Resumed { get; } =
    [
        .. TinyExamples.Kinds.Select(kind => (kind, SaveDtype.AsLoaded, PolicyDtype.F32)),
        .. TinyExamples.Kinds.Select(kind => (kind, SaveDtype.BF16, PolicyDtype.F32)),
        .. TinyExamples.Kinds.Select(kind => (kind, SaveDtype.AsLoaded, PolicyDtype.BF16)),
        ("supervised", SaveDtype.BF16, PolicyDtype.BF16),
    ];

    public static TheoryData<string> Kinds { get; } = [.. TinyExamples.Kinds];

    public void Dispose() => _folder.Dispose();

    /// <summary>The share is of the rows by their prompts, evaluation runs on it, training never sees it, and the job's log says so.</summary>
    [Theory]
    [InlineData("supervised")]
    [InlineData("preference")]
    [InlineData("reward_model")]
    public void Prepare_HeldOutFraction_EvaluatesOnPartOfTheSource(string kind)
    {
        TinyExamples tiny = new(_folder) { Evaluates = false, HeldOutFraction = 0.4 };
        using ExampleRun run = tiny.Create(kind, new RunEnvironment());

        run.Prepare(null, Token);

        Assert.NotNull(run.Evaluate(Token));
        string said = Assert.Single(run.RunStep(Token).Messages).Text;
        Match counts = Regex.Match(said, @"^(\d+) of 12 rows are held out and (\d+) are trained on \(held_out_fraction 0\.4, held_out_seed 0\)$");
        Assert.True(counts.Success, said);
        int trained = int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture);
        Assert.Equal(12, trained + int.Parse(counts.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.Equal(2 * ((trained + 4) / 5), run.TotalSteps); // 2 epochs in batches of 5
    }

    /// <summary>A worker reads the files again, and holds to the same rules.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Prepare_FileOutsideTheRoots_IsRefused(string kind)
    {
        using RunFolder other = new();
        using ExampleRun run = new TinyExamples(_folder).Create(kind, new RunEnvironment { Files = new FilePolicy([other.Root], 1 << 20) });

        Assert.Contains("is outside the directories that jobs may read", Assert.Throws<DataException>(() => run.Prepare(null, Token)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Resumed))]
    public void Load_FromACheckpointInTheMiddle_EndsWithTheSameBytes(string kind, SaveDtype dtype, PolicyDtype policyDtype)
    {
        TinyExamples tiny = new(_folder);
        tiny.Config = tiny.Config with { Memory = new() { PolicyDtype = policyDtype } };
        using (ExampleRun whole = tiny.Load(kind))
        {
            Assert.Equal(6, whole.TotalSteps);
            Run(whole, whole.TotalSteps);
            whole.Save(Place("whole"), dtype);
        }

        using (ExampleRun half = tiny.Load(kind))
        {
            Run(half, StopAfter);
            half.Save(Place("half"), dtype);
        }

        using ExampleRun resumed = tiny.Load(kind, Place("half"));
        Assert.Equal(StopAfter, resumed.CompletedSteps);
        Run(resumed, resumed.TotalSteps - StopAfter);
        resumed.Save(Place("resumed"), dtype);

        foreach (string file in new[] { "model.safetensors", "trainer/trainer_state.safetensors", "trainer/trainer_state.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Place("whole"), file)), File.ReadAllBytes(Path.Combine(Place("resumed"), file)));
        }

        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Place("whole"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("half"), "model.safetensors")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RunStep_ToTheEnd_LearnsItsExamples(string kind)
    {
        TinyExamples tiny = new(_folder);
        tiny.Config = tiny.Config with { EpochCount = 40, MaxLength = 8 };
        using ExampleRun run = tiny.Load(kind);
        ExampleEvaluation before = run.Trainer.Evaluate(Token)!;
        ExampleStepReport report = Run(run, run.TotalSteps);
        ExampleEvaluation after = run.Trainer.Evaluate(Token)!;

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
        TinyExamples tiny = new(_folder);
        tiny.Config = tiny.Config with { Adapter = new() { Form = new() { Rank = 2, Dropout = 0.2 } } };
        using (ExampleRun whole = tiny.Load(kind))
        {
            double before = whole.Trainer.Evaluate(Token)!.Score;
            Run(whole, whole.TotalSteps);
            Assert.True(whole.Trainer.Evaluate(Token)!.Score > before);
            whole.Save(Place("whole"), SaveDtype.AsLoaded);
        }

        using (ExampleRun half = tiny.Load(kind))
        {
            Run(half, StopAfter);
            half.Save(Place("half"), SaveDtype.AsLoaded);
        }

        using ExampleRun resumed = tiny.Load(kind, Place("half"));
        Run(resumed, resumed.TotalSteps - StopAfter);
        resumed.Save(Place("resumed"), SaveDtype.AsLoaded);

        foreach (string file in new[] { "adapter_model.safetensors", "trainer/trainer_state.safetensors", "trainer/trainer_state.json" })
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
        TinyExamples tiny = new(_folder);
        ExampleTrainingConfig plain = tiny.Config;
        tiny.Config = plain with { Adapter = new() { Form = new() { Rank = 2 } } };
        using ExampleRun adapted = tiny.Load("supervised");
        Run(adapted, 2);
        adapted.Save(Place("adapted"), SaveDtype.AsLoaded);

        tiny.Config = plain;
        tiny.Model = Place("adapted");
        using ExampleRun next = tiny.Load(kind);
        if (kind == "supervised")
        {
            Assert.Equal(adapted.Trainer.Evaluate(Token)!.Score, next.Trainer.Evaluate(Token)!.Score, 4);
        }

        Run(next, 1);
        next.Save(Place("next"), SaveDtype.AsLoaded);
        Assert.True(File.Exists(Path.Combine(Place("next"), "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(Place("next"), "tokenizer.json")));
    }

    [Fact]
    public void Load_ARewardModelsCheckpointAsTheNextStart_GoesOnWithItsHead()
    {
        TinyExamples tiny = new(_folder);
        using ExampleRun first = tiny.Load("reward_model");
        Run(first, 2);
        first.Save(Place("first"), SaveDtype.AsLoaded);
        PreferenceSourceConfig preferences = new() { Inline = [new Preference(new(0, "ab", null, null), "c", "d")] };

        using ExampleRun second = Runs.Load(ExampleRun.Of(new RewardModelJob { Model = Place("first"), Preferences = preferences, EvaluationPreferences = preferences, Config = tiny.Config }, new RunEnvironment()), null);
        second.Save(Place("second"), SaveDtype.AsLoaded);

        Assert.True(HuggingFaceDirectory.HasScoreHead(Place("first")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Place("first"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("second"), "model.safetensors")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_NothingHeldOut_TrainsAndGoesOn(string kind)
    {
        TinyExamples tiny = new(_folder) { Evaluates = false };
        using (ExampleRun half = tiny.Load(kind))
        {
            Assert.Null(half.Trainer.Evaluate(Token));
            Run(half, StopAfter);
            half.Save(Place("half"), SaveDtype.AsLoaded);
        }

        using ExampleRun resumed = tiny.Load(kind, Place("half"));
        Assert.Equal(resumed.TotalSteps, Run(resumed, resumed.TotalSteps - StopAfter).Step);
    }

    [Fact]
    public void Load_APreferenceRunThatGoesOn_KeepsTheReferenceOfItsStart()
    {
        TinyExamples tiny = new(_folder);
        using ExampleRun half = tiny.Load("preference");
        Run(half, StopAfter);
        half.Save(Place("half"), SaveDtype.AsLoaded);

        using ExampleRun resumed = tiny.Load("preference", Place("half"));

        Assert.Equal(half.Trainer.Evaluate(Token)!.Metrics, resumed.Trainer.Evaluate(Token)!.Metrics);
        Assert.NotEqual(0, resumed.Trainer.Evaluate(Token)!.Metrics["eval/margin/mean"], 3);
    }

    private static ExampleStepReport Run(ExampleRun run, int stepCount)
    {
        ExampleStepReport report = run.Trainer.RunStep(Token);
        for (int step = 1; step < stepCount; step++)
        {
            report = run.Trainer.RunStep(Token);
        }

        return report;
    }

    private string Place(string name) => Path.Combine(_folder.Root, name);
}
