using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Tests.Devices;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>Whole runs on another device than the CPU, from the files of models and data to checkpoints and back.</summary>
[Collection(LazyDevice.Collection)]
public sealed class DeviceRunTests : IDisposable
{
    /// <summary>Of metrics: another order of additions.</summary>
    private const double Tolerance = 2e-4;

    /// <summary>bfloat16 has 8 bits: another order of operations is seen at once, and each CPU has its own. A few of its steps; 1.7e-3 was seen.</summary>
    private const double NarrowTolerance = 5e-3;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, PolicyDtype> Kinds { get; } =
    [
        .. TinyExamples.Kinds.Select(kind => (kind, false, PolicyDtype.F32)),
        ("preference", true, PolicyDtype.F32),
        ("supervised", false, PolicyDtype.BF16),
        ("supervised", true, PolicyDtype.BF16),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ExampleRun_OnAnotherDevice_GivesTheNumbersOfTheCpu_AndResumes(string kind, bool adapted, PolicyDtype dtype)
    {
        TinyExamples tiny = new(_folder);
        tiny.Config = tiny.Config with { Memory = new() { PolicyDtype = dtype }, Adapter = adapted ? new() { Form = new() { Rank = 2, Dropout = 0.2 } } : null };
        double tolerance = dtype == PolicyDtype.BF16 ? NarrowTolerance : Tolerance;
        double[] expected;
        using (ExampleRun run = tiny.Load(kind))
        {
            expected = [.. Steps(run, 2), .. Numbers(run.Trainer.Evaluate(Token)!.Metrics)];
        }

        tiny.Device = LazyDevice.Open();
        using (ExampleRun run = Loaded(() => tiny.Load(kind)))
        {
            double[] first = Steps(run, 1);
            run.Save(Place("first"), SaveDtype.AsLoaded);
            double[] got = [.. first, .. Steps(run, 1), .. Numbers(run.Trainer.Evaluate(Token)!.Metrics)];
            run.Save(Place("uninterrupted"), SaveDtype.AsLoaded);
            Assert.Equal(expected.Length, got.Length);
            Assert.All(expected.Zip(got), pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Max(1, Math.Abs(pair.First))));
        }

        using ExampleRun resumed = Loaded(() => tiny.Load(kind, Place("first")));
        Steps(resumed, 1);
        resumed.Save(Place("resumed"), SaveDtype.AsLoaded);
        AssertEqualCheckpoints(adapted ? "adapter_model.safetensors" : "model.safetensors");
    }

    [Fact]
    public void PolicyOptimizationRun_OnAnotherDevice_LoadsScoresEvaluatesSavesAndResumes()
    {
        GrpoJob job = Job();
        RunEnvironment environment = new() { Device = LazyDevice.Open(), Time = new LazyTime() };
        using (PolicyOptimizationRun run = Loaded(() => Runs.Load(job, null, environment)))
        {
            Assert.True(double.IsFinite(run.Evaluator!.Evaluate(0, Token)!.Score!.Value));
            run.Trainer.RunStep(Token);
            run.Save(Place("first"), SaveDtype.F32);
            run.Trainer.RunStep(Token);
            run.Save(Place("uninterrupted"), SaveDtype.F32);
        }

        using PolicyOptimizationRun resumed = Loaded(() => Runs.Load(job, Place("first"), environment));
        resumed.Trainer.RunStep(Token);
        resumed.Save(Place("resumed"), SaveDtype.F32);
        AssertEqualCheckpoints("model.safetensors");
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Place("first"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("resumed"), "model.safetensors")));
    }

    private GrpoJob Job()
    {
        string start = _folder.TinyModel("start");
        using (RewardModelHead head = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.LoadTransformer(start, new LoadOptions()), padTokenId: 0, seed: 3))
        {
            HuggingFaceCheckpoint.SaveRewardModel(head, start, Place("judge"), null);
        }

        PromptSourceConfig prompts = new() { Inline = [.. Enumerable.Range(0, 2).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] };
        GrpoConfig config = new TinyRun().Config;
        return new()
        {
            Model = start,
            Prompts = prompts,
            EvaluationPrompts = prompts,
            Rewards =
            [
                new RewardModelConfig { Name = "judge", Model = Place("judge") },
                new ProcessRewardModelConfig { Name = "steps", Model = Place("judge"), SegmentDelimiter = "e" },
            ],
            Config = config with
            {
                PromptsPerStep = 2,
                GroupSize = 3,
                Sampling = new() { MaxCompletionLength = 4 },
                Loss = config.Loss with { KlCoefficient = 0.05 },
                ReferenceSyncSteps = 1,
            },
        };
    }

    private static T Loaded<T>(Func<T> load)
    {
        T run = load();
        LazyBackend.Run();
        return run;
    }

    private static double[] Steps(ExampleRun run, int count)
    {
        List<double> numbers = [];
        for (int step = 0; step < count; step++)
        {
            numbers.AddRange(Numbers(run.Trainer.RunStep(Token).Metrics.Where(metric => metric.Key.Split('/')[0] is "policy" or "preference" or "reward_model" && metric.Key != "preference/accuracy"))); // accuracy is rounding while policy and reference are equal
            LazyBackend.Run();
        }

        return [.. numbers];
    }

    private static IEnumerable<double> Numbers(IEnumerable<KeyValuePair<string, double>> metrics) => metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => metric.Value);

    private void AssertEqualCheckpoints(string weights)
    {
        foreach (string file in new[] { weights, "trainer/trainer_state.safetensors", "trainer/trainer_state.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Place("uninterrupted"), file)), File.ReadAllBytes(Path.Combine(Place("resumed"), file)));
        }
    }

    private string Place(string name) => Path.Combine(_folder.Root, name);
}
