using System.Globalization;
using System.Text.Json;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Training.Optimization;
using AlignService.Training.RewardModeling;
using AlignService.Training.Supervised;

namespace AlignService.Cli.Demo.Building;

/// <summary>
/// Makes what the demo starts from: a policy taught by mixed demonstrations, a reward model taught by preference pairs, and the prompts.
/// The same bits on the same model of CPU with the same number of threads (recorded in built-on.txt beside them).
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
        var config = new SupervisedConfig { MinibatchSize = MinibatchSize, MicroBatchSize = MinibatchSize, Optimizer = Optimizer, Seed = Seed };
        using var trainer = new SupervisedTrainer(model, config);
        trainer.Train(data.Demonstrations, Report, cancellationToken);
        string target = Path.Combine(directory, "policy");
        HuggingFaceCheckpoint.Save(model, null, target, null);
        DemoTokenizer.Write(target);

        void Report(SupervisedReport step) => Log("policy", step.Step, $"loss {step.Loss:F4} nats");
    }

    private void BuildRewardModel(DemoData data, CancellationToken cancellationToken)
    {
        Transformer start = HuggingFaceCheckpoint.CreateRandom(DemoModelConfig.Policy, Seed + 1, new LoadOptions());
        using RewardModelHead model = RewardModelHead.FromTransformer(start, DemoTokenizer.PadId, Seed);
        var config = new RewardModelTrainingConfig { MinibatchSize = MinibatchSize / 2, MicroBatchSize = MinibatchSize / 2, Optimizer = Optimizer, Seed = Seed };
        using var trainer = new RewardModelTrainer(model, config);
        trainer.Train(data.Pairs, Report, cancellationToken);
        string target = Path.Combine(directory, "reward-model");
        HuggingFaceCheckpoint.SaveRewardModel(model, null, target, null);
        DemoTokenizer.Write(target);
        log(string.Create(CultureInfo.InvariantCulture, $"reward model: held-out accuracy {trainer.Evaluate(data.HeldOutPairs).Accuracy:P1}"));

        void Report(RewardModelReport step) => Log("reward model", step.Step, $"loss {step.Loss:F4} nats, accuracy {step.Accuracy:P1}");
    }

    private static OptimizerConfig Optimizer => new() { LearningRate = 1e-3, WarmupSteps = 50, Schedule = LearningRateSchedule.Cosine };

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
