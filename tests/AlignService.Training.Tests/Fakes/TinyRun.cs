using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using AlignService.Training.Critics;
using AlignService.Training.Evaluation;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;
using AlignService.Training.Trainers;

namespace AlignService.Training.Tests.Fakes;

/// <summary>A whole GRPO run on the tiny Llama, of which a test changes what it is about.</summary>
internal sealed record TinyRun
{
    public static string Model { get; } = Path.Combine(GoldenFolder.Root, "algorithms", "tiny-llama");

    /// <summary>What a critic starts from: a language model, so that its head is new.</summary>
    public string CriticStart { get; init; } = Model;

    public GrpoConfig Config { get; init; } = new()
    {
        StepCount = 8,
        PromptsPerStep = 3,
        GroupSize = 4,
        MicroBatchSize = 5,
        Sampling = new() { MaxCompletionLength = 6 },
        Optimizer = new() { LearningRate = 0.01 },
        Seed = 7,
    };

    public IReadOnlyList<(string Name, double Weight, Func<ScoringRequest, double> Score)> Rewards { get; init; } = [("lower_case", 1, LowerCaseLetters)];

    /// <summary>Scores of segments by the first reward; null gives none.</summary>
    public Func<ScoringRequest, IReadOnlyList<SegmentScore>>? Segments { get; init; }

    public int PromptCount { get; init; } = 5;

    /// <summary>Asked at the beginning and the end of every phase of a step.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Of all models.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>A reference with weights of its own, although an adapter is trained.</summary>
    public bool SeparateReference { get; init; }

    /// <summary>Lower-case letters of a completion: easy to learn, and different from row to row.</summary>
    public static double LowerCaseLetters(ScoringRequest request) => request.Completion.Count(char.IsAsciiLetterLower);

    /// <summary>The same run with PPO's numbers.</summary>
    public TinyRun WithCritic(CriticConfig critic) => this with
    {
        Config = Config with
        {
            GroupSize = 1,
            PromptsPerStep = 12,
            EpochCount = 2,
            MinibatchCount = 2,
            Advantage = AdvantageKind.Critic,
            Critic = critic,
            Loss = GrpoProfiles.Create(GrpoProfile.Ppo).Loss,
        },
    };

    public GrpoTrainer Start()
    {
        Tokenizer tokenizer = TinyTokenizer.Create();
        Transformer policy = PolicyLoader.Load(Model, Config.Adapter, name => name, Config.Seed, ComputeDtype.Trained(PolicyDtype.F32, Device));
        GrpoModels models = new(policy, new SamplerRolloutEngine(new CompletionSampler(policy, tokenizer)))
        {
            Reference = Config.NeedsReference ? Reference(policy) : null,
            Critic = Config.Critic is null ? null : Critic.Load(CriticStart, ComputeDtype.Trained(PolicyDtype.F32, Device), plannedLength: 48),
        };
        return new(Config, models, RewardSet(), Prompts(tokenizer), Time);
    }

    /// <summary>What the policy's answers are worth as it now is: their mean reward over fresh ones, enough of them for a small standard error, and that error.</summary>
    public (double Mean, double StandardError) Worth(GrpoTrainer trainer, CancellationToken token)
    {
        const int AnswersPerPrompt = 100;
        Tokenizer tokenizer = TinyTokenizer.Create();
        using SamplerRolloutEngine engine = new(new CompletionSampler(trainer.Policy, tokenizer));
        EncodedPrompt[] prompts = [.. Enumerable.Repeat(Prompts(tokenizer), AnswersPerPrompt).SelectMany(each => each)];
        Evaluator evaluator = new(engine, RewardSet(), prompts, new EvaluationConfig { Temperature = 1 }, EvaluationRun.Of(Config));
        IReadOnlyDictionary<string, double> metrics = evaluator.Evaluate(0, token).Metrics;
        return (metrics["eval/reward/mean"], metrics["eval/reward/standard_error"]);
    }

    public IReadOnlyList<EncodedPrompt> Prompts(Tokenizer tokenizer)
    {
        Prompt[] prompts = [.. Enumerable.Range(0, PromptCount).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(3 * i, 4 + i), null, "a"))];
        return new PromptEncoder(tokenizer).Encode(prompts, maxLength: 32, OverlongPrompts.Refuse, []);
    }

    private RewardSet RewardSet() => new(
        [.. Rewards.Select((reward, i) => new RewardSource(reward.Name, reward.Weight, new FunctionReward(reward.Score) { Segments = i == 0 ? Segments : null }))], TimeProvider.System);

    private IReferenceModel Reference(Transformer policy) => Config.Adapter is { } adapter && !SeparateReference
        ? AdapterReference.Of(policy, adapter.Directory is null, Config.ReferenceSyncSteps is not null)
        : new ReferenceModel(HuggingFaceCheckpoint.LoadTransformer(Model, ComputeDtype.Frozen(FrozenDtype.F32, Device)));
}
