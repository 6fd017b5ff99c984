using AlignService.HuggingFace.Adapters;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;
using AlignService.Training.Checkpoints;
using AlignService.Training.Evaluation;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using AlignService.Training.Trainers;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Worker;

/// <summary>Policy optimization: the training of a GRPO or PPO job.</summary>
/// <param name="job">What to train, and how.</param>
/// <param name="environment">Resolves models, and has their device.</param>
public sealed class PolicyOptimizationRun(GrpoJob job, RunEnvironment environment) : ITrainingRun
{
    private const int ShownCompletions = 4;
    private const int ShownAnswers = 8;

    private readonly List<LogMessage> _pending = [];
    private readonly string[] _sources = [.. job.Rewards.Select(reward => reward.Name)];
    private GrpoTrainer? _trainer;
    private string _startDirectory = "";
    private ScoreJournal? _scores;
    private Func<CancellationToken> _pausing = static () => CancellationToken.None;

    public int TotalSteps => job.Config.StepCount;

    public int CompletedSteps => _trainer?.CompletedSteps ?? 0;

    public bool IsBetweenSteps => Trainer.IsBetweenSteps;

    internal GrpoTrainer Trainer => _trainer ?? throw new InvalidOperationException("Prepare must be called first.");

    /// <summary>Null without held-out prompts.</summary>
    internal Evaluator? Evaluator { get; private set; }

    public void HeedPause(Func<CancellationToken> pausing) => _pausing = pausing;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // 1. The data, before anything that is large.
        string modelDirectory = environment.ResolveModel(job.Model);
        _startDirectory = AdaptedModel.At(modelDirectory).BaseDirectory;
        Tokenizer tokenizer = Tokenizer.Load(_startDirectory);
        (IReadOnlyList<Prompt> training, IReadOnlyList<Prompt> split) = PromptFile.Split(PromptFile.Load(job.Prompts, environment.Files, cancellationToken), job.Prompts);
        IReadOnlyList<Prompt>? heldOut = job.EvaluationPrompts is { } evaluation ? PromptFile.Load(evaluation, environment.Files, cancellationToken) : split.Count > 0 ? split : null;

        // 2. The policy, whose context says how long prompts may be.
        PolicyModels loader = new(job, modelDirectory, environment);
        Transformer policy = loader.LoadPolicy();
        PromptLimit limit = PromptLimit.Of(job.Config, policy.Config);
        policy.PlannedLength = limit.PlannedLength;
        List<string> messages = [];
        PromptEncoder encoder = new(new EmbeddingRows(tokenizer, policy.Config.VocabSize), cancellationToken);
        IReadOnlyList<EncodedPrompt> Encode(IReadOnlyList<Prompt> prompts) => encoder.Encode(prompts, limit.MaxPromptLength, job.Config.OverlongPrompts, messages);
        IReadOnlyList<EncodedPrompt> encoded = Encode(training);
        IReadOnlyList<EncodedPrompt>? encodedHeldOut = heldOut is null ? null : Encode(heldOut);

        // 3. What scores, samples and holds back, and where the run was, if it was interrupted.
        RewardSet rewards = Rewards(tokenizer);
        GrpoModels models = loader.Complete(policy, limit.PlannedLength, tokenizer);
        _trainer = new(job.Config, models, rewards, encoded, environment.Time);
        Evaluator = encodedHeldOut is null ? null : new(models.Engine, rewards, encodedHeldOut, job.Evaluation, EvaluationRun.Of(job.Config));
        _pending.AddRange(environment.ModelWarnings().Select(RunMessages.Warning));
        if (checkpointDirectory is not null)
        {
            _trainer.Restore(checkpointDirectory);
        }
        else
        {
            _pending.AddRange([.. RunMessages.HeldOut(training.Count, split.Count, job.Prompts), .. messages.Select(RunMessages.Warning)]);
        }
    }

    public RunReport? Evaluate(CancellationToken cancellationToken)
    {
        int completedSteps = Trainer.CompletedSteps;
        if (Evaluator?.Evaluate(completedSteps, cancellationToken) is not EvaluationReport report)
        {
            return null;
        }

        return new RunReport
        {
            Metrics = report.Metrics,
            Samples = [.. report.Rollouts.Zip(report.Rewards, (rollout, reward) => RunSample.Of(rollout, reward, _sources)).Take(ShownAnswers)],
            Messages = [.. report.Messages.Select(RunMessages.Warning)],
            Score = report.Score,
        };
    }

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        StepReport report = Trainer.RunStep(cancellationToken);

        // One completion of each of the first groups shows more than one whole group.
        IEnumerable<ScoredRollout> shown = report.Rollouts.Where((_, row) => row % job.Config.GroupSize == 0).Take(ShownCompletions);
        LogMessage[] messages = [.. _pending, .. report.Messages.Select(RunMessages.Warning)];
        _pending.Clear();
        return new RunReport
        {
            Metrics = report.Metrics,
            Samples = [.. shown.Select(row => RunSample.Of(row.Rollout, row.Reward, _sources))],
            Rollouts = RunRollouts.Of(report, job, _sources),
            Messages = messages,
            Findings = report.Findings,
            IsSuspect = report.IsSuspect,
        };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory) => RunMessages.Of(Save(directory, job.Checkpoint.SaveDtype));

    public void Dispose()
    {
        _trainer?.Dispose();
        _scores?.Dispose();
    }

    internal RoundingReport Save(string directory, SaveDtype dtype) => Trainer.Save(directory, _startDirectory, dtype);

    private RewardSet Rewards(Tokenizer tokenizer) => RewardFactory.Create(job.Rewards, new RewardSetup
    {
        Remote = job.Rewards.Any(reward => reward is RemoteRewardConfig) ? RunRewards.Remote(_scores = environment.OpenScores(), environment, () => _pausing()) : new(),
        MaxCompletionLength = job.Config.Sampling.MaxCompletionLength,
        PolicyTokenizer = tokenizer,
        Models = new ModelRewards(environment.ResolveModel, tokenizer, ComputeDtype.Frozen(job.Config.Memory.FrozenDtype, environment.Device)),
        Time = environment.Time,
    });
}
