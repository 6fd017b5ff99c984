using System.Diagnostics;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training;
using AlignService.Training.Evaluation;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

public sealed class PolicyOptimizationRunTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Load_ByNames_TrainsEvaluatesSavesAndGoesOn()
    {
        GrpoJob job = Job();
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        StepReport third;
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            EvaluationReport before = run.Evaluator!.Evaluate(0, Token)!;
            Assert.Equal(4, before.Rollouts.Count);
            Assert.Equal(before.Score, before.Metrics["eval/reward/mean"]);
            Assert.Equal(0.5 * before.Metrics["eval/letters/mean"] + before.Metrics["eval/length/mean"], before.Score!.Value, 1e-9);
            Assert.Equal(before.Metrics, run.Evaluator!.Evaluate(0, Token)!.Metrics);
            run.Trainer.RunStep(Token);
            run.Trainer.RunStep(Token);
            run.Save(checkpoint, SaveDtype.AsLoaded);
            third = run.Trainer.RunStep(Token);
        }

        using PolicyOptimizationRun resumed = Runs.Load(job, checkpoint);

        Assert.Equal(2, resumed.CompletedSteps);
        StepReport again = resumed.Trainer.RunStep(Token);
        Assert.Equal(third.Rollouts.Select(row => row.Rollout.Completion.Text), again.Rollouts.Select(row => row.Rollout.Completion.Text));
        Assert.Equal(Deterministic(third), Deterministic(again));

        // The checkpoint is a model as any other.
        using PolicyOptimizationRun next = Runs.Load(job with { Model = checkpoint });
        Assert.Equal(0, next.CompletedSteps);
    }

    [Fact]
    public void Run_AsTheWorkerDrivesIt_ReportsSamplesAndSavesAsTheJobSays()
    {
        GrpoJob job = Job() with { Checkpoint = new() { SaveDtype = SaveDtype.BF16 } };
        using PolicyOptimizationRun run = new(job, new RunEnvironment());
        Assert.Throws<InvalidOperationException>(() => run.RunStep(Token));
        Assert.Throws<InvalidOperationException>(() => run.Evaluate(Token));

        run.Prepare(null, Token);
        RunReport evaluation = run.Evaluate(Token)!, step = run.RunStep(Token);
        IReadOnlyList<LogMessage> messages = run.SaveCheckpoint(Path.Combine(_folder.Root, "rounded"));

        Assert.Equal((1, 8), (run.CompletedSteps, run.TotalSteps));
        Assert.Equal(evaluation.Metrics["eval/reward/mean"], evaluation.Score);
        Assert.Equal(4, evaluation.Samples.Count);
        Assert.Equal(job.Config.PromptsPerStep, step.Samples.Count); // one of each group
        Assert.All(step.Samples, sample => Assert.Equal(["letters", "length"], sample.Scores.Keys));
        Assert.Contains("rounding the saved weights loses", Assert.Single(messages).Text);
    }

    [Fact]
    public void Evaluate_SamplesOfOnePrompt_CountAsOneForTheStandardError()
    {
        using PolicyOptimizationRun run = Runs.Load(Job() with { Evaluation = new() { SamplesPerPrompt = 3, Temperature = 1 } });

        EvaluationReport report = run.Evaluator!.Evaluate(0, Token)!;

        double[] means = [.. report.Rewards.Chunk(3).Select(group => group.Average())];
        double deviation = Math.Sqrt(means.Sum(mean => Math.Pow(mean - means.Average(), 2)) / (means.Length - 1));
        Assert.Equal(12, report.Rollouts.Count);
        Assert.Equal(deviation / Math.Sqrt(4), report.Metrics["eval/reward/standard_error"], 1e-12);
    }

    [Theory]
    [InlineData("letters")]
    [InlineData(null)]
    public void Evaluate_WithASuccess_ReportsAverageAndPassAtK(string? source)
    {
        var evaluation = new EvaluationConfig { SamplesPerPrompt = 3, Temperature = 1, SuccessSource = source, SuccessThreshold = source is null ? 0 : 1, PassAt = [1, 3] };
        using PolicyOptimizationRun run = Runs.Load(Job() with { Evaluation = evaluation });

        EvaluationReport report = run.Evaluator!.Evaluate(0, Token)!;

        double[] scores = source is null ? [.. report.Rewards] : [.. report.Rollouts.Select(rollout => rollout.Scores[0])];
        bool[][] right = [.. scores.Select(score => score >= evaluation.SuccessThreshold).Chunk(3)];
        Assert.Equal(right.Average(answers => answers.Count(answer => answer) / 3.0), report.Metrics["eval/avg_at_3/mean"], 1e-12);
        Assert.Equal(report.Metrics["eval/avg_at_3/mean"], report.Metrics["eval/pass_at_1/mean"], 1e-12);
        Assert.Equal(right.Count(answers => answers.Contains(true)) / 4.0, report.Metrics["eval/pass_at_3/mean"], 1e-12);
    }

    [Theory]
    [InlineData(PartialScores.Sum)]
    [InlineData(PartialScores.ExcludeRow)]
    public void Evaluate_AnswersThatOneSourceDoesNotScore_AreTreatedAsInTraining(PartialScores partial)
    {
        GrpoJob job = Job();
        Prompt[] heldOut = [.. Enumerable.Range(0, 4).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 3), null, i < 2 ? "a" : null))];
        using PolicyOptimizationRun run = Runs.Load(
            job with
            {
                EvaluationPrompts = new() { Inline = heldOut },
                Rewards = [.. job.Rewards, new ExactMatchConfig { Name = "answer" }],
                Config = job.Config with { PartialScores = partial },
            },
            null);

        EvaluationReport report = run.Evaluator!.Evaluate(0, Token)!;

        Assert.Equal([true, true, partial == PartialScores.Sum, partial == PartialScores.Sum], report.Rewards.Select(reward => !double.IsNaN(reward)));
        Assert.Equal(report.Rewards.Where(reward => !double.IsNaN(reward)).Average(), report.Score!.Value, 1e-12);
    }

    [Fact]
    public void Load_CompletionLongerThanTheContext_IsRefused()
    {
        GrpoJob job = Job();

        var fault = Assert.Throws<PromptDataException>(() => Runs.Load(job with { Config = job.Config with { Sampling = new() { MaxCompletionLength = 64 } } }));

        Assert.Contains("max_completion_length is 64, but the model's context has 64 tokens", fault.Message);
    }

    [Fact]
    public void Restore_BrokenState_IsRefused()
    {
        GrpoJob job = Job();
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            run.Save(checkpoint, SaveDtype.AsLoaded);
        }

        File.WriteAllText(Path.Combine(checkpoint, "trainer", "trainer_state.json"), "{");

        Assert.Contains("trainer_state.json cannot be read", Assert.Throws<CheckpointException>(() => Runs.Load(job, checkpoint)).Message);
    }

    [Fact]
    public void RunStep_WithAListener_MakesOneSpanAPhase()
    {
        List<string> spans = [];
        using ActivitySource caller = new("PolicyOptimizationRunTests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is TrainingDiagnostics.SourceName or "PolicyOptimizationRunTests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => spans.Add($"{activity.Parent?.OperationName}/{activity.OperationName}"),
        };
        ActivitySource.AddActivityListener(listener);
        GrpoJob job = Job();
        using PolicyOptimizationRun run = Runs.Load(job with { Config = job.Config with { EpochCount = 2 } });

        using (caller.StartActivity("test"))
        {
            run.Trainer.RunStep(Token);
        }

        Assert.Equal(["test/rollout", "test/reward", "test/old_logprobs", "test/reference_logprobs", "test/update"], spans.Where(span => span.StartsWith("test/", StringComparison.Ordinal)));
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, double> Deterministic(StepReport report) => report.Metrics
        .Where(metric => !metric.Key.StartsWith("time/", StringComparison.Ordinal) && !metric.Key.StartsWith("memory/", StringComparison.Ordinal)
            && !metric.Key.EndsWith("_per_second", StringComparison.Ordinal) && !metric.Key.EndsWith("latency_p95", StringComparison.Ordinal))
        .ToDictionary();

    private GrpoJob Job() => new()
    {
        Model = Path.Exists(Path.Combine(_folder.Root, "model")) ? Path.Combine(_folder.Root, "model") : _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
        EvaluationPrompts = new() { File = _folder.File("held-out.jsonl", [.. Enumerable.Range(0, 4).Select(i => $$"""{"prompt": "{{TinyTokenizer.Letters.Substring(20 + i, 3)}}"}""")]) },
        Rewards =
        [
            new RegularExpressionConfig { Name = "letters", Weight = 0.5, Pattern = "[a-m]" },
            new LengthConfig { Name = "length" },
        ],
        Config = new TinyRun().Config,
    };
}
