using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
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
            Prompts = new() { Inline = Prompts(copies: 1) },
            EvaluationPrompts = new() { Inline = Prompts(copies: 64) },
            Evaluation = new() { Temperature = 1 },
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

        (double Mean, double StandardError) before = Worth(run);
        StepReport[] reports = [.. Enumerable.Range(0, job.Config.StepCount).Select(_ => run.Trainer.RunStep(TestContext.Current.CancellationToken))];

        Assert.All(reports, report => Assert.InRange(report.Metrics["sampler/logprob_difference_max"], 0, SamplerTolerance));
        Assert.All(reports, report => Assert.InRange(report.Metrics["policy/kl"], 0, double.MaxValue));
        Assert.All(reports, report => Assert.InRange(report.Metrics["policy/entropy"], 0.01, Math.Log(512)));
        (double Mean, double StandardError) after = Worth(run);
        double error = double.Hypot(before.StandardError, after.StandardError);
        Assert.True(after.Mean - before.Mean > 3 * error, $"the reward went from {before.Mean} to {after.Mean}, with a standard error of {error}");
    }

    /// <summary>Each beginning so often that the error of a mean reward is that of single answers.</summary>
    private static IReadOnlyList<Prompt> Prompts(int copies)
    {
        string[] beginnings = ["Once upon a time", "Lily and Tom", "The big dog", "One day, a girl"];
        return [.. Enumerable.Repeat(beginnings, copies).SelectMany(each => each).Select((text, i) => new Prompt(i, text, null, null))];
    }

    private static (double Mean, double StandardError) Worth(PolicyOptimizationRun run)
    {
        IReadOnlyDictionary<string, double> metrics = run.Evaluate(TestContext.Current.CancellationToken)!.Metrics;
        return (metrics["eval/reward/mean"], metrics["eval/reward/standard_error"]);
    }
}
