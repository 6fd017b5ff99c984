using AlignService.Specs.JobKinds;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Testing;
using AlignService.Training.Trainers;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>Whole steps on real weights with their own tokenizers.</summary>
public sealed class RealModelTrainingTests
{
    private const double SamplerTolerance = 1e-3; // two engines in float32, over tens of tokens

    [Fact]
    public void RunStep_Stories_LearnsToSayWhatIsRewarded()
    {
        GrpoJob job = new()
        {
            Model = SharedModels.Stories260K(),
            Prompts = new() { Inline = [.. new[] { "Once upon a time", "Lily and Tom", "The big dog", "One day, a girl" }.Select((text, i) => new Prompt(i, text, null, null))] },
            Rewards = [new RegularExpressionConfig { Name = "happy", Pattern = "happy|play|fun" }, new LengthConfig { Name = "length", Weight = 0 }],
            Config = new()
            {
                StepCount = 12,
                PromptsPerStep = 4,
                GroupSize = 8,
                Sampling = new() { MaxCompletionLength = 24 },
                Optimizer = new() { LearningRate = 2e-3 },
                Seed = 1,
            },
        };
        using PolicyOptimizationRun run = Runs.Load(job);

        StepReport[] reports = [.. Enumerable.Range(0, job.Config.StepCount).Select(_ => run.Trainer.RunStep(TestContext.Current.CancellationToken))];

        Assert.All(reports, report => Assert.InRange(report.Metrics["sampler/logprob_difference_max"], 0, SamplerTolerance));
        Assert.All(reports, report => Assert.InRange(report.Metrics["policy/kl"], 0, 5));
        Assert.All(reports, report => Assert.InRange(report.Metrics["policy/entropy"], 0.01, 6));
        double before = reports[..3].Average(report => report.Metrics["reward/mean"]), after = reports[^3..].Average(report => report.Metrics["reward/mean"]);
        Assert.True(after > before + 0.2, $"the reward went from {before} to {after}");
    }
}
