using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Critics;
using AlignService.Training.Metrics;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;
using AlignService.Training.Trainers;
using AlignService.Training.Updates;
using TorchSharp;
using Xunit;

namespace AlignService.Training.Tests.Critics;

/// <summary>A case of ppo_step.json: rollouts, models and configuration of one PPO step.</summary>
internal sealed class PpoStepCase : IDisposable
{
    private readonly MicroBatchPlan _plan;
    private readonly GrpoModels _models;

    public PpoStepCase(GoldenJson golden, torch.ScalarType dtype, MicroBatchPlan plan)
    {
        _plan = plan;
        Minibatches = [.. golden["minibatches"].Items.Select(rows => rows.AsDoubles().Select(row => (int)row).ToArray())];
        Config = ReadConfig(golden, Minibatches.Length);
        int[][] prompts = [.. golden["prompts"].Items.Select(Ids)], completions = [.. golden["completions"].Items.Select(Ids)];
        double[] scores = golden.Doubles("scores");
        Groups = [.. prompts.Select((prompt, row) => new RolloutGroup([RolloutOf(prompt, completions[row], scores[row])], Step: 1))];
        _models = new(Load(golden.Text("model"), dtype, trainable: true), Engine: null!)
        {
            Reference = new ReferenceModel(Load(golden.Text("reference_model"), dtype, trainable: false)),
            Critic = Critic.Load(Folder(golden.Text("critic")), new LoadOptions { Dtype = dtype }, plannedLength: 64),
        };
        RolloutRewards rewards = new(RolloutRewardSettings.Of(Config), [new RewardSource("score", 1, null!)]);
        Estimator = AdvantageEstimators.Create(Config, rewards);
        Updates = UpdateFactory.Create(Config, _models, plan, new DropoutPasses(_models.Policy, seed: 0));
    }

    public GrpoConfig Config { get; }

    public IReadOnlyList<RolloutGroup> Groups { get; }

    public int[][] Minibatches { get; }

    public IAdvantageEstimator Estimator { get; }

    public RunUpdates Updates { get; }

    public Transformer Policy => _models.Policy;

    public Critic Critic => _models.Critic!;

    public StepInputs Measure() =>
        new StepMeasurement(Config, _models, _plan).Measure(Groups, 1, Config.Loss.KlCoefficient, new StepRecorder(TimeProvider.System), TestContext.Current.CancellationToken);

    /// <summary>Without what the sampler said: it made nothing here.</summary>
    public static TrainingBatch Batch(StepInputs measured, AdvantageResult result) => TrainingBatch.Of(measured, result) with { SamplerLogProbs = null };

    public void Dispose()
    {
        Updates.Dispose();
        _models.Policy.Dispose();
        _models.Reference!.Dispose();
        _models.Critic!.Dispose();
    }

    private static GrpoConfig ReadConfig(GoldenJson golden, int minibatchCount) => new()
    {
        StepCount = 1,
        GroupSize = 1,
        EpochCount = golden.Int("epochs"),
        MinibatchCount = minibatchCount,
        Advantage = AdvantageKind.Critic,
        Critic = new()
        {
            Gamma = golden.Double("gamma"),
            GaeLambda = golden.Double("lambda"),
            ValueClip = golden.OptionalDouble("value_clip"),
            ValueCoefficient = golden.Double("value_coefficient"),
        },
        Loss = new()
        {
            Aggregation = Aggregation.TokenMean,
            ClipLow = golden.Double("clip_low"),
            ClipHigh = golden.Double("clip_high"),
            KlCoefficient = golden.Double("kl_coefficient"),
            KlEstimator = KlEstimator.K1,
            KlPlacement = KlPlacement.Reward,
        },
        Sampling = new() { Temperature = (float)golden.Double("temperature") },
        Optimizer = new()
        {
            LearningRate = golden.Double("learning_rate"),
            MaxGradNorm = golden.Double("max_grad_norm"),
            WeightDecay = golden.Double("weight_decay"),
            Beta1 = golden.Doubles("betas")[0],
            Beta2 = golden.Doubles("betas")[1],
            Epsilon = golden.Double("eps"),
        },
    };

    private static Rollout RolloutOf(int[] prompt, int[] completion, double score) => new(
        new EncodedPrompt(new Prompt(0, "", null, null), prompt),
        new Completion { PromptIndex = 0, SampleIndex = 0, TokenIds = completion, LogProbs = [], Text = "", FinishReason = FinishReason.Stop, MeanKeptMass = 1 },
        [score]);

    private static int[] Ids(GoldenJson ids) => [.. ids.AsDoubles().Select(id => (int)id)];

    private static string Folder(string model) => Path.Combine(GoldenFolder.Root, "algorithms", model);

    private static Transformer Load(string model, torch.ScalarType dtype, bool trainable) =>
        HuggingFaceCheckpoint.LoadTransformer(Folder(model), new LoadOptions { Dtype = dtype, Trainable = trainable });
}
