using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using AlignService.Training.Tests.Losses;
using TorchSharp;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

/// <summary>A case of rollout_step.json: one GRPO step on a tiny Llama.</summary>
internal sealed class RolloutStepCase : IDisposable
{
    private readonly GoldenJson _golden;

    public RolloutStepCase(GoldenJson golden, torch.ScalarType dtype)
    {
        _golden = golden;
        GoldenJson[] completions = [.. golden["completions"].Items];
        int[][] prompts = [.. golden["prompts"].Items.Select(prompt => prompt.AsDoubles().Select(id => (int)id).ToArray())];
        GroupSize = golden.Int("group_size");
        Rows = [.. completions.Select((completion, row) => new TokenSequence(prompts[row / GroupSize], [.. completion.AsDoubles().Select(id => (int)id)]))];
        Policy = Load(golden.Text("model"), dtype, trainable: true);
        Loss = GrpoLossCase.ReadConfig(golden["config"]);
        Optimizer = new()
        {
            LearningRate = golden.Double("learning_rate"),
            WarmupSteps = golden.Int("warmup_steps"),
            Schedule = golden.Text("schedule") switch
            {
                "constant" => LearningRateSchedule.Constant,
                "linear" => LearningRateSchedule.Linear,
                "cosine" => LearningRateSchedule.Cosine,
                string other => throw new InvalidOperationException($"unknown schedule {other}"),
            },
            MaxGradNorm = golden.Double("max_grad_norm"),
            WeightDecay = golden.Double("weight_decay"),
            Beta1 = golden.Doubles("betas")[0],
            Beta2 = golden.Doubles("betas")[1],
            Epsilon = golden.Double("eps"),
        };
    }

    public int GroupSize { get; }

    public IReadOnlyList<TokenSequence> Rows { get; }

    public Transformer Policy { get; }

    public GrpoLossConfig Loss { get; }

    public OptimizerConfig Optimizer { get; }

    public double Temperature => _golden.Double("temperature");

    public int EpochCount => _golden.Int("epochs");

    public int[][] Minibatches => [.. _golden["minibatches"].Items.Select(rows => rows.AsDoubles().Select(row => (int)row).ToArray())];

    public double[] Advantages()
    {
        AdvantageKind kind = _golden.Text("advantage") switch
        {
            "group_std" => AdvantageKind.GroupStd,
            "batch_std" => AdvantageKind.BatchStd,
            "none" => AdvantageKind.MeanCentered,
            "leave_one_out" => AdvantageKind.LeaveOneOut,
            string other => throw new InvalidOperationException($"unknown advantage {other}"),
        };
        return GroupAdvantage.Formulas[kind](new RewardTable([.. _golden.Doubles("rewards").Select(reward => new[] { reward })], [1], GroupSize), 1e-4);
    }

    public bool[] Mask()
    {
        bool maskTruncated = _golden.Bool("mask_truncated");
        return [.. _golden["finish_reasons"].Items.Select(reason => reason.AsText() != "length" || !maskTruncated)];
    }

    public double[][] LogProbs(Transformer model, MicroBatchPlan plan) =>
        CompletionLogProbs.Read(model, Rows, Temperature, plan, TestContext.Current.CancellationToken).LogProbs;

    public double[][] ReferenceLogProbs(MicroBatchPlan plan)
    {
        using Transformer reference = Load(_golden.Text("reference_model"), Policy.Dtype, trainable: false);
        return LogProbs(reference, plan);
    }

    public void Dispose() => Policy.Dispose();

    private static Transformer Load(string name, torch.ScalarType dtype, bool trainable) =>
        HuggingFaceCheckpoint.LoadTransformer(Path.Combine(GoldenFolder.Root, "algorithms", name), new LoadOptions { Dtype = dtype, Trainable = trainable });
}
