using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Jobs.Runs;
using AlignService.Model.Sampling;
using AlignService.Specs.Answers;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Answers;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

public sealed class EvaluationJobRunTests : IDisposable
{
    private const int PromptCount = 7, Samples = 3;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void AnyBatchSize_GivesTheSameAnswersAndNumbers(int batchSize)
    {
        using EvaluationJobRun alike = Finish(Job(batchSize: 3)), run = Finish(Job(batchSize));

        Assert.Equal(PromptCount * Samples, run.Rows.Count);
        Assert.Equal(Enumerable.Range(0, PromptCount * Samples).Select(row => (row / Samples, row % Samples)), run.Rows.Select(row => (row.Prompt.Index, row.Sample)));
        Assert.Equal(alike.Rows.Select(Text), run.Rows.Select(Text));
        Assert.Equal(alike.Evaluate(Token)!.Metrics, run.Evaluate(Token)!.Metrics);
    }

    /// <summary>The number before training needs no training job: both are counted by the same code from the same answers.</summary>
    [Fact]
    public void Metrics_AreThoseOfTheHeldOutEvaluationOfATrainingJob()
    {
        EvaluationJob job = Job(batchSize: 2);
        GrpoJob training = new()
        {
            Model = job.Model,
            Prompts = job.Prompts,
            EvaluationPrompts = job.Prompts,
            Rewards = job.Rewards,
            Evaluation = job.Config.AsEvaluation(),
            Config = new TinyRun().Config with { Sampling = new SamplingConfig { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength }, Seed = job.Config.Seed },
        };

        using PolicyOptimizationRun before = Runs.Load(training);
        using EvaluationJobRun run = Finish(job);

        Assert.Equal(before.Evaluate(Token)!.Metrics, run.Evaluate(Token)!.Metrics);
    }

    /// <summary>pass@k is the share of all k-subsets of a prompt's scored answers that hold one that passes: counted here, one by one, from the table alone.</summary>
    [Fact]
    public void Metrics_AreWhatTheTableSays()
    {
        EvaluationJob job = Job(batchSize: 4);
        using EvaluationJobRun run = Finish(job);
        RunReport report = run.Evaluate(Token)!;
        JsonObject[] rows = [.. File.ReadLines(Path.Combine(Save(run, "done"), "rows.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

        bool[][] passed = [.. rows.Chunk(Samples).Select(prompt => prompt.Select(row => (bool)row["passed"]!).ToArray())];
        Assert.Contains(passed, prompt => prompt.Contains(true));
        Assert.Contains(passed, prompt => prompt.Contains(false));
        foreach (int k in job.Config.PassAt)
        {
            Assert.Equal(passed.Average(prompt => ShareOfSubsets(prompt, k)), report.Metrics[$"eval/pass_at_{k}/mean"], 1e-12);
        }

        Assert.Equal(passed.Average(prompt => prompt.Count(one => one) / (double)Samples), report.Metrics["eval/pass_at_1/mean"], 1e-12);
        Assert.Equal(report.Metrics["eval/avg_at_3/mean"], report.Metrics["eval/pass_at_1/mean"], 1e-12);
        Assert.All(rows, row => Assert.Equal((double)row["scores"]!["letters"]! >= 1, (bool)row["passed"]!));
        Assert.All(rows, row => Assert.Equal(0.5 * (double)row["scores"]!["letters"]! + (double)row["scores"]!["length"]! + ((double?)row["scores"]!["answer"] ?? 0), (double)row["reward"]!, 1e-12));

        double[] means = [.. rows.Chunk(Samples).Select(prompt => prompt.Average(row => (double)row["reward"]!))];
        double deviation = Math.Sqrt(means.Sum(mean => Math.Pow(mean - means.Average(), 2)) / (means.Length - 1));
        Assert.Equal(means.Average(), report.Score!.Value, 1e-12);
        Assert.Equal(deviation / Math.Sqrt(PromptCount), report.Metrics["eval/reward/standard_error"], 1e-12);
        Assert.Equal(rows.Count(row => row["scores"]!["answer"] is null) / (double)rows.Length, report.Metrics["eval/answer/missing_fraction"], 1e-12);
        Assert.InRange(report.Metrics["eval/answer/missing_fraction"], 0.1, 0.9);
        Assert.Equal(0, report.Metrics["eval/letters/missing_fraction"]);
        Assert.Equal(rows.Average(row => (int)row["token_count"]!), report.Metrics["eval/completions/mean_length"], 1e-12);
        Assert.Equal(rows.Count(row => (string)row["finish_reason"]! == "length") / (double)rows.Length, report.Metrics["eval/completions/truncated_fraction"]);
        Assert.Equal(
            1, report.Metrics["eval/completions/truncated_fraction"] + report.Metrics["eval/completions/stop_fraction"] + report.Metrics["eval/completions/stop_string_fraction"], 1e-12);
        Assert.All(rows, row => Assert.InRange((double)row["log_prob_sum"]!, double.NegativeInfinity, 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AResumedRun_LeavesTheFilesOfAnUndisturbedOne(int stepsBefore)
    {
        EvaluationJob job = Job(batchSize: 3);
        using EvaluationJobRun undisturbed = Finish(job);
        string whole = Save(undisturbed, "whole"), half;
        using (EvaluationJobRun interrupted = Load(job))
        {
            for (int step = 0; step < stepsBefore; step++)
            {
                interrupted.RunStep(Token);
            }

            Assert.Null(interrupted.Evaluate(Token));
            half = Save(interrupted, "half");
            Assert.False(File.Exists(Path.Combine(half, "rows.jsonl")));
        }

        using EvaluationJobRun resumed = Finish(job, half);

        Assert.Equal((3, 3), (resumed.CompletedSteps, resumed.TotalSteps));
        Assert.Equal(undisturbed.Evaluate(Token)!.Metrics, resumed.Evaluate(Token)!.Metrics);
        string again = Save(resumed, "again");
        string[] files = [.. Directory.GetFiles(whole, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(whole, file)).Order()];
        Assert.Equal(["metrics.json", "rows.jsonl", "rows.parquet", "trainer/rows.jsonl"], files);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(again, file))));

        // A worker that died behind the last checkpoint has nothing left to do.
        using EvaluationJobRun done = Load(job, again);
        Assert.Equal((3, 3), (done.CompletedSteps, done.TotalSteps));
    }

    [Fact]
    public void ACheckpointOfOtherPromptsOrDamaged_IsRefused()
    {
        EvaluationJob job = Job(batchSize: 3);
        using EvaluationJobRun run = Load(job);
        run.RunStep(Token);
        string saved = Save(run, "saved"), rows = Path.Combine(saved, "trainer", "rows.jsonl");

        EvaluationJob other = job with { Prompts = new() { Inline = [.. job.Prompts.Inline.Reverse()] } };
        Assert.Contains("not those that the evaluation began with", Assert.Throws<CheckpointException>(() => Load(other, saved)).Message);

        string[] lines = File.ReadAllLines(rows);
        File.WriteAllLines(rows, lines[..^1]);
        Assert.Contains("are not those of whole steps of 9", Assert.Throws<CheckpointException>(() => Load(job, saved)).Message);
        File.WriteAllLines(rows, [.. lines[..^1], lines[^1][..20]]);
        Assert.Contains("rows.jsonl cannot be read", Assert.Throws<CheckpointException>(() => Load(job, saved)).Message);
    }

    [Theory]
    [InlineData(AnswerTable.Jsonl, "rows.jsonl")]
    [InlineData(AnswerTable.Parquet, "rows.parquet")]
    [InlineData(AnswerTable.Both, "rows.jsonl rows.parquet")]
    [InlineData(AnswerTable.None, "")]
    public void TheTable_IsTheFileThatTheJobAsksFor(AnswerTable table, string files)
    {
        EvaluationJob job = Job(batchSize: 3);
        using EvaluationJobRun run = Finish(job with { Config = job.Config with { Table = table } });

        string saved = Save(run, "saved");

        Assert.Equal([.. files.Split(' ', StringSplitOptions.RemoveEmptyEntries)], Directory.GetFiles(saved, "rows.*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public void BothTables_ReadBackToTheSameRows()
    {
        using EvaluationJobRun run = Finish(Job(batchSize: 3));
        string saved = Save(run, "saved");

        IReadOnlyList<GivenCompletion> lines = Read(Path.Combine(saved, "rows.jsonl")), columns = Read(Path.Combine(saved, "rows.parquet"));

        Assert.Equal(run.Rows.Select(row => (row.Prompt.Text, row.Prompt.Answer, row.Completion, row.FinishReason == FinishReason.Length)), lines.Select(Key));
        Assert.Equal(lines.Select(Key), columns.Select(Key));
        string[] numbers = ["prompt_id", "sample", "reward", "token_count", "log_prob_sum", "passed", "finish_reason"];
        Assert.All(lines.Zip(columns), pair => Assert.Equal(numbers.Select(name => Number(pair.First, name)), numbers.Select(name => Number(pair.Second, name))));
        Assert.Equal(
            run.Rows.Select(row => double.IsNaN(row.Scores[2]) ? null : JsonSerializer.Serialize(row.Scores[2])), columns.Select(row => Number(row, "score_answer")));

        static (string?, string?, string, bool) Key(GivenCompletion row) => (row.Prompt.Text, row.Prompt.Answer, row.Completion, row.Truncated);
        static string? Number(GivenCompletion row, string name) =>
            row.Prompt.Metadata.GetValueOrDefault(name) is not { } text ? null : double.TryParse(text, out double number) ? JsonSerializer.Serialize(number) : text;
    }

    [Fact]
    public void WithoutRewards_TheAnswersAreGeneratedAndNothingIsScored()
    {
        EvaluationJob job = Job(batchSize: 4);
        using EvaluationJobRun scored = Finish(job), run = Finish(job with { Rewards = [], Config = job.Config with { SuccessSource = null, PassAt = [] } });

        RunReport report = run.Evaluate(Token)!;

        Assert.Equal(scored.Rows.Select(row => row.Completion), run.Rows.Select(row => row.Completion));
        Assert.Null(report.Score);
        Assert.All(report.Metrics.Keys, name => Assert.StartsWith("eval/completions/", name));
        JsonNode row = JsonNode.Parse(File.ReadLines(Path.Combine(Save(run, "saved"), "rows.jsonl")).First())!;
        Assert.Equal("{}", row["scores"]!.ToJsonString());
        Assert.True(row["reward"] is null && row["passed"] is null);
    }

    [Fact]
    public void AShareThatIsHeldOut_IsWhatIsAnswered()
    {
        EvaluationJob job = Job(batchSize: 4);
        PromptSourceConfig source = new() { Inline = job.Prompts.Inline, HeldOutFraction = 0.4, HeldOutSeed = 3 };
        using EvaluationJobRun run = Finish(job with { Prompts = source });

        int[] heldOut = [.. PromptFile.Split(source.Inline, source).HeldOut.Select(prompt => prompt.Index)];
        Assert.InRange(heldOut.Length, 1, PromptCount - 1);
        Assert.Equal(heldOut, run.Rows.Chunk(Samples).Select(prompt => prompt[0].Prompt.Index));
    }

    [Fact]
    public void AnAdapterAndACheckpoint_AreModelsAsAnyOther()
    {
        EvaluationJob job = Job(batchSize: 7);
        GrpoJob training = new() { Model = job.Model, Prompts = job.Prompts, Rewards = job.Rewards, Config = new TinyRun().Config with { Adapter = new() { Rank = 2 } } };
        string checkpoint = Path.Combine(_folder.Root, "trained");
        using (PolicyOptimizationRun trained = Runs.Load(training))
        {
            trained.RunStep(Token);
            trained.RunStep(Token);
            trained.SaveCheckpoint(Directory.CreateDirectory(checkpoint).FullName);
        }

        using EvaluationJobRun before = Finish(job), after = Finish(job with { Model = checkpoint });

        Assert.True(File.Exists(Path.Combine(checkpoint, "adapter_config.json")));
        Assert.NotEqual(before.Rows.Select(row => row.LogProbSum), after.Rows.Select(row => row.LogProbSum));
    }

    [Fact]
    public void ACancelledStep_LeavesNoTrace()
    {
        EvaluationJob job = Job(batchSize: 3);
        using EvaluationJobRun run = Load(job), undisturbed = Finish(job);
        run.RunStep(Token);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => run.RunStep(cancelled.Token));

        Assert.Equal((1, true, 9), (run.CompletedSteps, run.IsBetweenSteps, run.Rows.Count));
        run.RunStep(Token);
        run.RunStep(Token);
        Assert.Equal(undisturbed.Rows.Select(Text), run.Rows.Select(Text));
    }

    public void Dispose() => _folder.Dispose();

    private static double ShareOfSubsets(bool[] passed, int k)
    {
        bool[][] subsets = [.. Enumerable.Range(0, 1 << passed.Length).Where(set => int.PopCount(set) == k).Select(set => passed.Where((_, place) => (set & (1 << place)) != 0).ToArray())];
        return subsets.Count(subset => subset.Contains(true)) / (double)subsets.Length;
    }

    private static string Text(AnswerRow row) => $"{row.Prompt.Index} {row.Sample} {row.Completion} {string.Join(' ', row.Scores)} {row.TokenCount} {row.FinishReason} {row.LogProbSum:R}";

    private static IReadOnlyList<GivenCompletion> Read(string file) => CompletionFile.Load(new PromptSourceConfig { File = file }, "completion", FilePolicy.Anywhere, Token);

    private static EvaluationJobRun Load(EvaluationJob job, string? checkpoint = null)
    {
        EvaluationJobRun run = new(job, new RunEnvironment());
        run.Prepare(checkpoint, Token);
        return run;
    }

    private static EvaluationJobRun Finish(EvaluationJob job, string? checkpoint = null)
    {
        EvaluationJobRun run = Load(job, checkpoint);
        while (run.CompletedSteps < run.TotalSteps)
        {
            run.RunStep(Token);
        }

        return run;
    }

    private string Save(EvaluationJobRun run, string name)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_folder.Root, name)).FullName;
        run.SaveCheckpoint(directory);
        return directory;
    }

    private EvaluationJob Job(int batchSize) => new()
    {
        Model = Path.Exists(Path.Combine(_folder.Root, "model")) ? Path.Combine(_folder.Root, "model") : _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, PromptCount).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 4), null, i % 2 == 0 ? "a" : null))] },
        Rewards =
        [
            new RegularExpressionConfig { Name = "letters", Weight = 0.5, Pattern = "^[a-m]" },
            new LengthConfig { Name = "length" },
            new ExactMatchConfig { Name = "answer" },
        ],
        Config = new AnswerConfig
        {
            BatchSize = batchSize,
            SamplesPerPrompt = Samples,
            PassAt = [1, 2, 3],
            SuccessSource = "letters",
            Table = AnswerTable.Both,
            Sampling = new() { Temperature = 1, MaxCompletionLength = 8 },
            Seed = 5,
        },
    };
}
