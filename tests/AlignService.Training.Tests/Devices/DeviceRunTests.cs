using AlignService.Model.Checkpoints;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Fitting;
using AlignService.Training.Grpo;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Tests.Fitting;
using Xunit;

namespace AlignService.Training.Tests.Devices;

/// <summary>Whole runs on another device than the CPU, from the files of models and data to checkpoints and back.</summary>
[Collection(LazyDevice.Collection)]
public sealed class DeviceRunTests : IDisposable
{
    /// <summary>Of metrics: another order of additions.</summary>
    private const double Tolerance = 2e-4;

    /// <summary>bfloat16 has 8 bits: another order of operations is seen at once.</summary>
    private const double NarrowTolerance = 5e-3;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, PolicyDtype> Kinds { get; } =
    [
        .. TinyFitting.Kinds.Select(kind => (kind, false, PolicyDtype.F32)),
        ("preference", true, PolicyDtype.F32),
        ("supervised", false, PolicyDtype.BF16),
        ("supervised", true, PolicyDtype.BF16),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FittingRun_OnAnotherDevice_GivesTheNumbersOfTheCpu_AndResumes(string kind, bool adapted, PolicyDtype dtype)
    {
        TinyFitting fitting = new(_folder);
        fitting.Config = fitting.Config with { Memory = new() { PolicyDtype = dtype }, Adapter = adapted ? new() { Form = new() { Rank = 2, Dropout = 0.2 } } : null };
        double tolerance = dtype == PolicyDtype.BF16 ? NarrowTolerance : Tolerance;
        double[] expected;
        using (FittingRun run = fitting.Load(kind))
        {
            expected = [.. Steps(run, 2), .. Numbers(run.Evaluate(Token)!.Metrics)];
        }

        fitting.Device = LazyDevice.Open();
        using (FittingRun run = Loaded(() => fitting.Load(kind)))
        {
            double[] first = Steps(run, 1);
            run.SaveCheckpoint(Place("first"), SaveDtype.AsLoaded);
            double[] got = [.. first, .. Steps(run, 1), .. Numbers(run.Evaluate(Token)!.Metrics)];
            run.SaveCheckpoint(Place("uninterrupted"), SaveDtype.AsLoaded);
            Assert.Equal(expected.Length, got.Length);
            Assert.All(expected.Zip(got), pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Max(1, Math.Abs(pair.First))));
        }

        using FittingRun resumed = Loaded(() => fitting.Load(kind, Place("first")));
        Steps(resumed, 1);
        resumed.SaveCheckpoint(Place("resumed"), SaveDtype.AsLoaded);
        AssertEqualCheckpoints(adapted ? "adapter_model.safetensors" : "model.safetensors");
    }

    [Fact]
    public void GrpoRun_OnAnotherDevice_LoadsScoresEvaluatesSavesAndResumes()
    {
        GrpoRunSetup setup = Setup() with { Device = LazyDevice.Open(), Time = new LazyTime() };
        using (GrpoRun run = Loaded(() => GrpoRun.Load(setup, null)))
        {
            Assert.True(double.IsFinite(run.Evaluate(Token)!.Score!.Value));
            run.RunStep(Token);
            run.SaveCheckpoint(Place("first"), SaveDtype.F32);
            run.RunStep(Token);
            run.SaveCheckpoint(Place("uninterrupted"), SaveDtype.F32);
        }

        using GrpoRun resumed = Loaded(() => GrpoRun.Load(setup, Place("first")));
        resumed.RunStep(Token);
        resumed.SaveCheckpoint(Place("resumed"), SaveDtype.F32);
        AssertEqualCheckpoints("model.safetensors");
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Place("first"), "model.safetensors")), File.ReadAllBytes(Path.Combine(Place("resumed"), "model.safetensors")));
    }

    private GrpoRunSetup Setup()
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
            ModelDirectory = start,
            Prompts = prompts,
            EvaluationPrompts = prompts,
            Rewards =
            [
                new RewardModelConfig { Name = "judge", Model = Place("judge") },
                new ProcessRewardModelConfig { Name = "steps", Model = Place("judge"), StepDelimiter = "e" },
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

    private static double[] Steps(FittingRun run, int count)
    {
        List<double> numbers = [];
        for (int step = 0; step < count; step++)
        {
            numbers.AddRange(Numbers(run.RunStep(Token).Metrics.Where(metric => metric.Key.Split('/')[0] is "policy" or "preference" or "reward_model" && metric.Key != "preference/accuracy"))); // accuracy is rounding while policy and reference are equal
            LazyBackend.Run();
        }

        return [.. numbers];
    }

    private static IEnumerable<double> Numbers(IEnumerable<KeyValuePair<string, double>> metrics) => metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => metric.Value);

    private void AssertEqualCheckpoints(string weights)
    {
        foreach (string file in new[] { weights, "trainer_state.safetensors", "trainer_state.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Place("uninterrupted"), file)), File.ReadAllBytes(Path.Combine(Place("resumed"), file)));
        }
    }

    private string Place(string name) => Path.Combine(_folder.Root, name);
}
