using AlignService.Training.Rewards.Models;
using AlignService.HuggingFace.Adapters;
using AlignService.Model.Checkpoints;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;
using AlignService.Training.Checkpoints;
using AlignService.Training.Critics;
using AlignService.Training.Evaluation;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Training.Grpo;

/// <summary>A GRPO run with everything loaded: trains, evaluates, and writes checkpoints. One thread at a time.</summary>
public sealed class GrpoRun : IDisposable
{
    private readonly GrpoTrainer _trainer;
    private readonly Evaluator? _evaluator;
    private readonly string _modelDirectory;

    private GrpoRun(GrpoTrainer trainer, Evaluator? evaluator, string modelDirectory, IReadOnlyList<string> messages)
    {
        (_trainer, _evaluator, _modelDirectory, Messages) = (trainer, evaluator, modelDirectory, messages);
    }

    public int TotalSteps => _trainer.Config.StepCount;

    public int CompletedSteps => _trainer.CompletedSteps;

    /// <summary>What a user should know about the models and data that were loaded.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>Loads models and data, and goes on from a checkpoint where one is given.</summary>
    /// <exception cref="AlignService.AlignException">Something that was named cannot be used.</exception>
    public static GrpoRun Load(GrpoRunSetup setup, string? checkpointDirectory)
    {
        // 1. The data, before anything that is large.
        AdaptedModel start = AdaptedModel.At(setup.ModelDirectory);
        Tokenizer tokenizer = Tokenizer.Load(start.BaseDirectory);
        IReadOnlyList<Prompt> training = PromptFile.Load(setup.Prompts);
        IReadOnlyList<Prompt>? heldOut = setup.EvaluationPrompts is null ? null : PromptFile.Load(setup.EvaluationPrompts);

        // 2. The policy, whose context says how long prompts may be.
        List<string> messages = [];
        Transformer policy = PolicyLoader.Load(setup.ModelDirectory, setup.Config.Adapter, setup.ResolveModel, setup.Config.Seed, ComputeDtype.Trained(PolicyDtypeOf(setup.Config), setup.Device));
        PromptLimit limit = PromptLimit.Of(setup.Config, policy.Config);
        PromptEncoder encoder = new(tokenizer);
        IReadOnlyList<EncodedPrompt> Encode(IReadOnlyList<Prompt> prompts) => encoder.Encode(prompts, limit.MaxPromptLength, setup.Config.OverlongPrompts, messages);
        policy.PlannedLength = limit.PlannedLength;
        IReadOnlyList<EncodedPrompt> encoded = Encode(training);
        IReadOnlyList<EncodedPrompt>? encodedHeldOut = heldOut is null ? null : Encode(heldOut);

        // 3. What scores, samples and holds back.
        RewardPanel rewards = RewardFactory.Create(setup.Rewards, new RewardSetup
        {
            MaxCompletionLength = setup.Config.Sampling.MaxCompletionLength,
            PolicyTokenizer = tokenizer,
            Models = new ModelRewards(setup.ResolveModel, tokenizer, ComputeDtype.Frozen(setup.Config.Memory.FrozenDtype, setup.Device)),
            Time = setup.Time,
        });
        var engine = new SamplerRolloutEngine(new CompletionSampler(policy, tokenizer));
        var trainer = new GrpoTrainer(new GrpoTrainerSetup
        {
            Config = setup.Config,
            Policy = policy,
            Engine = engine,
            Reference = setup.Config.NeedsReference ? LoadReference(setup, policy) : null,
            Critic = setup.Config.Critic is null ? null : Critic.Load(setup.CriticDirectory ?? setup.ModelDirectory, ComputeDtype.Trained(PolicyDtype.F32, setup.Device), limit.PlannedLength),
            Rewards = rewards,
            Prompts = encoded,
            Time = setup.Time,
        });

        // 4. Where it was, if it was interrupted.
        if (checkpointDirectory is not null)
        {
            GrpoCheckpoint.Restore(trainer, checkpointDirectory);
        }

        Evaluator? evaluator = encodedHeldOut is null ? null : new Evaluator(engine, rewards, encodedHeldOut, setup.Config, setup.Evaluation);
        return new GrpoRun(trainer, evaluator, start.BaseDirectory, messages);
    }

    /// <summary>One step: roll out, score, compare, improve.</summary>
    public StepReport RunStep(CancellationToken cancellationToken) => _trainer.RunStep(cancellationToken);

    /// <summary>Answers the held-out prompts with the weights of now; null where there are none.</summary>
    public EvaluationReport? Evaluate(CancellationToken cancellationToken) => _evaluator?.Evaluate(cancellationToken);

    /// <summary>Writes weights in Hugging Face form and the trainer's state into a directory that holds no checkpoint yet.</summary>
    /// <returns>What the number format of the weights lost.</returns>
    public RoundingReport SaveCheckpoint(string directory, SaveDtype dtype) => GrpoCheckpoint.Save(_trainer, _modelDirectory, directory, dtype);

    public void Dispose() => _trainer.Dispose();

    /// <exception cref="CheckpointException">A natural gradient moves the parameters themselves, and needs their full precision.</exception>
    private static PolicyDtype PolicyDtypeOf(GrpoConfig config) => config is { Loss.Objective: Objective.NaturalGradient, Memory.PolicyDtype: PolicyDtype.BF16 }
        ? throw new CheckpointException("policy_dtype is bf16, but a natural-gradient step moves the parameters themselves, and bfloat16 (8 bits of precision) loses small moves; leave it at f32.")
        : config.Memory.PolicyDtype;

    private static IReferenceModel LoadReference(GrpoRunSetup setup, Transformer policy)
    {
        if (setup.Config.Adapter is { } adapter && setup.ReferenceDirectory is null)
        {
            return AdapterReference.Of(policy, startsFromBase: adapter.Directory is null, isRefreshed: setup.Config.ReferenceSyncSteps is not null);
        }

        Transformer model = HuggingFaceCheckpoint.LoadTransformer(
            setup.ReferenceDirectory ?? setup.ModelDirectory, ComputeDtype.Frozen(setup.Config.Memory.FrozenDtype, setup.Device));
        model.PlannedLength = policy.PlannedLength;
        return new ReferenceModel(model);
    }
}
