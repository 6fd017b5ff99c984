using System.Globalization;
using System.Text.Json;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Metrics;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;

namespace AlignService.Cli.Demo.Building;

/// <summary>
/// Makes what the demo starts from: a policy trained on mixed demonstrations, a reward model trained on preference pairs, and the prompts.
/// Bit-identical on the same CPU model with the same number of threads (recorded in built-on.txt beside them).
/// </summary>
internal sealed class DemoModels(string directory, Action<string> log)
{
    private const int Seed = 20_260_101;
    private const int ThreadCount = 2;
    private const int MinibatchSize = 128;
    private const int ReportEvery = 100;

    public void Build(CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions { ThreadCount = ThreadCount });
        var data = new DemoData(Seed);
        Directory.CreateDirectory(directory);
        WritePrompts("heldout.jsonl", data.HeldOut);
        WritePrompts("train.jsonl", data.TrainingPrompts);
        BuildPolicy(data, cancellationToken);
        BuildRewardModel(data, cancellationToken);
        File.WriteAllText(Path.Combine(directory, "built-on.txt"), $"{CpuModel()}, {ThreadCount} threads\n");
    }

    private void BuildPolicy(DemoData data, CancellationToken cancellationToken)
    {
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(DemoModelConfig.Policy, Seed, new LoadOptions());
        using ExampleTrainer trainer = new(new TrainedPolicy(model), new SupervisedObjective(model, data.Demonstrations), new SupervisedObjective(model, []), Config(MinibatchSize), TimeProvider.System);
        trainer.Train(report => Log("policy", report.Step, $"loss {report.Metrics[MetricNames.PolicyLoss]:F4} nats"), cancellationToken);
        string target = Path.Combine(directory, "policy");
        HuggingFaceCheckpoint.Save(model, null, target, null);
        DemoTokenizer.Write(target);
    }

    private void BuildRewardModel(DemoData data, CancellationToken cancellationToken)
    {
        Transformer start = HuggingFaceCheckpoint.CreateRandom(DemoModelConfig.Policy, Seed + 1, new LoadOptions());
        using RewardModelHead model = RewardModelHead.FromTransformer(start, DemoTokenizer.PadId, Seed);
        using ExampleTrainer trainer = new(
            new TrainedRewardModel(model), new RewardModelObjective(model, data.Pairs), new RewardModelObjective(model, data.HeldOutPairs), Config(MinibatchSize / 2), TimeProvider.System);
        trainer.Train(
            report => Log("reward model", report.Step, $"loss {report.Metrics[MetricNames.RewardModelLoss]:F4} nats, accuracy {report.Metrics[MetricNames.RewardModelAccuracy]:P1}"),
            cancellationToken);
        string target = Path.Combine(directory, "reward-model");
        HuggingFaceCheckpoint.SaveRewardModel(model, null, target, null);
        DemoTokenizer.Write(target);
        ExampleEvaluation heldOut = trainer.Evaluate(cancellationToken)!;
        log(string.Create(CultureInfo.InvariantCulture, $"reward model: held-out accuracy {heldOut.Metrics[MetricNames.EvalAccuracyMean]:P1}"));
    }

    private static ExampleTrainingConfig Config(int batchSize) => new()
    {
        BatchSize = batchSize,
        MicroBatchSize = batchSize,
        GroupByLength = false,
        Optimizer = new() { LearningRate = 1e-3, WarmupSteps = 50, Schedule = LearningRateSchedule.Cosine },
        Seed = Seed,
    };

    private void WritePrompts(string file, IReadOnlyList<SortingProblem> problems) =>
        File.WriteAllLines(Path.Combine(directory, file), problems.Select(problem => JsonSerializer.Serialize(new { prompt = problem.Prompt, answer = problem.Answer.Trim() })));

    private void Log(string model, int step, FormattableString text)
    {
        if (step % ReportEvery == 0)
        {
            log($"{model}: step {step}, {text.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private static string CpuModel() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown CPU";
}
