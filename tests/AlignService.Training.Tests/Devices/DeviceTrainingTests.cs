using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Devices;

/// <summary>Policy optimisation on another device than the CPU: every tensor is made there, and the numbers are the CPU's.</summary>
[Collection(LazyDevice.Collection)]
public sealed class DeviceTrainingTests
{
    /// <summary>Another order of additions in AdamW and in sampling; a wrong tensor is off by far more.</summary>
    private const double Tolerance = 2e-4;

    /// <summary>A thousandth of a step's length: AdamW turns the rounding of a gradient near zero into a visible part of its rate, here and there.</summary>
    private const double WeightTolerance = 1e-5;

    private const int Steps = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Variants { get; } = [.. Runs().Keys];

    [Theory]
    [MemberData(nameof(Variants))]
    public void RunStep_OnAnotherDevice_GivesTheNumbersOfTheCpu(string variant)
    {
        TinyRun run = Runs()[variant];
        (double[] Metrics, float[] Weights) expected = Train(run), got = Train(run with { Device = LazyDevice.Open(), Time = new LazyTime() });

        Assert.All(expected.Metrics.Zip(got.Metrics), pair => Assert.Equal(pair.First, pair.Second, Tolerance * Math.Max(1, Math.Abs(pair.First))));
        Assert.Equal(expected.Weights.Length, got.Weights.Length);
        double distance = Math.Sqrt(expected.Weights.Zip(got.Weights).Average(pair => Math.Pow(pair.First - pair.Second, 2)));
        Assert.True(distance < WeightTolerance, $"the weights are {distance} apart (root mean square)");
    }

    private static Dictionary<string, TinyRun> Runs()
    {
        TinyRun plain = new() { Config = new TinyRun().Config with { PromptsPerStep = 2, GroupSize = 3, MicroBatchSize = 4, Sampling = new() { MaxCompletionLength = 4 }, ReportKl = true } };
        TinyRun With(Func<GrpoConfig, GrpoConfig> change) => plain with { Config = change(plain.Config) };
        return new()
        {
            ["grpo"] = With(config => config with { Loss = config.Loss with { KlCoefficient = 0.05 } }),
            ["dapo, entropies, other engine"] = With(config => config with
            {
                Loss = GrpoProfiles.Create(GrpoProfile.Dapo).Loss with { EntropyCoefficient = 0.01, TopEntropyFraction = 0.5, SamplerCorrection = SamplerCorrection.Truncate },
            }),
            ["sequence ratios"] = With(config => config with { Loss = GrpoProfiles.Create(GrpoProfile.Gspo).Loss }),
            ["activation checkpointing"] = With(config => config with { Memory = new() { ActivationCheckpointing = true } }),
            ["adapter with dropout"] = With(config => config with { Adapter = new() { Form = new() { Rank = 2, Dropout = 0.2 } }, Loss = config.Loss with { KlCoefficient = 0.05 } }),
            ["critic"] = OneUpdate(plain.WithCritic(new())),
            ["critic with an optimiser of its own"] = OneUpdate(plain.WithCritic(new() { LearningRate = 0.01 })),
            ["steps of completions"] = With(config => config with { Advantage = AdvantageKind.Process }) with { Segments = SegmentScores },
        };
    }

    private static TinyRun OneUpdate(TinyRun run) => run with { Config = run.Config with { PromptsPerStep = 5, EpochCount = 1, MinibatchCount = 1 } };

    private static IReadOnlyList<SegmentScore> SegmentScores(ScoringRequest request) => [.. request.Completion.Select((letter, end) => new SegmentScore(end, char.IsAsciiLetterLower(letter) ? 1 : 0))];

    private static (double[] Metrics, float[] Weights) Train(TinyRun run)
    {
        using GrpoTrainer trainer = run.Start();
        List<double> metrics = [];
        for (int step = 0; step < Steps; step++)
        {
            IReadOnlyDictionary<string, double> reported = trainer.RunStep(Token).Metrics;
            metrics.AddRange(reported.Where(metric => metric.Key.Split('/')[0] is "policy" or "critic" or "sampler" && !metric.Key.EndsWith("difference", StringComparison.Ordinal)).OrderBy(metric => metric.Key).Select(metric => metric.Value));
        }

        return ([.. metrics], [.. trainer.Policy.TrainedParameters().SelectMany(entry => entry.Parameter.cpu().data<float>().ToArray())]);
    }
}
