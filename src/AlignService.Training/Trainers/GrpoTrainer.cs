using AlignService.Model.Architecture;
using AlignService.Model.Sampling;
using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Checkpoints;
using AlignService.Training.Guardian;
using AlignService.Training.Losses;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;
using AlignService.Training.Updates;
using static TorchSharp.torch;

namespace AlignService.Training.Trainers;

/// <summary>
/// Policy optimization from sampled completions: relative to their group (GRPO, arXiv:2402.03300) or a critic (PPO, arXiv:1707.06347). One thread at a time. Equal
/// models, data, settings and seed give equal weights, bit for bit, even across saving and restoring a checkpoint. Owns models and rewards.
/// </summary>
public sealed class GrpoTrainer : IDisposable
{
    private const string WeightPrefix = "policy.";
    private const string ReferencePrefix = "reference.";

    private readonly RewardSet _rewards;
    private readonly RolloutRewards _rolloutRewards;
    private readonly TimeProvider _time;
    private readonly RolloutCollector _collector;
    private readonly PromptSequence _prompts;
    private readonly PromptGroupBuffer _buffer;
    private readonly StepMeasurement _measurement;
    private readonly IAdvantageEstimator _estimator;
    private readonly DropoutPasses _dropout;
    private readonly RunUpdates _updates;
    private readonly StepGuardian _guardian;
    private bool _isUpdating;

    /// <param name="config">The run's settings.</param>
    /// <param name="models">The model in training, and those it is compared with.</param>
    /// <param name="rewards">What scores.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="time">Measures the phases of a step.</param>
    public GrpoTrainer(GrpoConfig config, GrpoModels models, RewardSet rewards, IReadOnlyList<EncodedPrompt> prompts, TimeProvider time)
    {
        // The loss's longest completion is the sampler's.
        Config = config with { Loss = config.Loss with { MaxCompletionLength = config.Sampling.MaxCompletionLength } };
        (Models, _rewards, _time) = (models, rewards, time);
        MicroBatchPlan plan = PlanPasses(Config, models);
        _rolloutRewards = new(RolloutRewardSettings.Of(Config), rewards.Sources);
        _collector = new(models.Engine, rewards, Config.Sampling);
        _measurement = new(Config, models, plan);
        _dropout = new(models.Policy, Config.Seed);
        _estimator = AdvantageEstimators.Create(Config, _rolloutRewards);
        _updates = UpdateFactory.Create(Config, models, plan, _dropout);
        _prompts = new(prompts, RandomSeeds.For(Config.Seed, RandomPurpose.PromptOrder));
        _buffer = new(Config.PromptsPerStep, Config.DynamicSampling ? _estimator.HasLearningSignal : null);
        _guardian = new(Config.Guardian, rewards.Sources, Config.GroupSize, Config.StepCount);
        KlCoefficient = Config.Loss.KlCoefficient;
    }

    public GrpoConfig Config { get; }

    public int CompletedSteps { get; private set; }

    /// <summary>Whether everything is as the last completed step left it. A step that is cancelled or paused before its update leaves no trace.</summary>
    public bool IsBetweenSteps { get; private set; } = true;

    /// <summary>Borrowed.</summary>
    public Transformer Policy => Models.Policy;

    internal GrpoModels Models { get; }

    internal AdamW Optimizer => _updates.Optimizer;

    /// <summary>Beta; changes if the KL is adaptive.</summary>
    internal double KlCoefficient { get; private set; }

    /// <summary>One step: roll out, score, estimate advantages, update.</summary>
    /// <exception cref="NonFiniteGradientException">Too many updates in a row had a non-finite gradient.</exception>
    /// <exception cref="ScoringPausedException">A reward outside the worker has not scored everything, and the run is to pause. The step leaves no trace.</exception>
    public StepReport RunStep(CancellationToken cancellationToken)
    {
        var start = new StepStart(_prompts.Position, [.. _buffer.Waiting], _guardian.State.ToDictionary());
        IsBetweenSteps = false;
        _isUpdating = false;
        try
        {
            StepReport report = RunPhases(cancellationToken);
            IsBetweenSteps = true;
            return report;
        }
        catch (Exception exception) when (!_isUpdating && exception is (OperationCanceledException or ScoringPausedException))
        {
            _prompts.Position = start.PromptPosition;
            _buffer.Restore(start.Waiting);
            _guardian.Restore(start.Guardian);
            IsBetweenSteps = true;
            throw;
        }
    }

    /// <summary>Writes the policy as a Hugging Face or PEFT directory, and beside it the state that the trainer needs to continue bit for bit. Call between steps.</summary>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="startDirectory">What training started from: source of configuration, tokenizer and dtypes.</param>
    /// <param name="dtype">Number format of the weights.</param>
    /// <returns>What the number format lost; the trainer's state keeps it.</returns>
    public RoundingReport Save(string directory, string startDirectory, SaveDtype dtype)
    {
        RoundingReport rounding = new TrainedPolicy(Policy).Save(startDirectory, directory, dtype);
        GrpoTrainerState state = new()
        {
            CompletedSteps = CompletedSteps,
            OptimizerSteps = Optimizer.StepCount,
            CriticOptimizerSteps = _updates.CriticOptimizer?.AdamW.StepCount ?? 0,
            PromptPosition = _prompts.Position,
            KlCoefficient = KlCoefficient,
            SkippedInARow = _updates.Step.SkippedInARow,
            DropoutPasses = _dropout.Count,
            Guardian = _guardian.State,
            HoldsWeights = rounding.Rounded,
            HoldsReference = Models.Reference is not null && Config.ReferenceSyncSteps is not null,
            Waiting = _buffer.Waiting,
        };
        TrainerStateFiles.Write(directory, state, Tensors(state));
        return rounding;
    }

    /// <summary>Restores the state of <see cref="Save"/>: weights, moments, position in the data, adapted coefficients. Call before the first step.</summary>
    /// <exception cref="CheckpointException">The checkpoint is damaged or belongs to another run.</exception>
    public void Restore(string directory)
    {
        GrpoTrainerState state = TrainerStateFiles.ReadState<GrpoTrainerState>(directory);
        if (!state.HoldsWeights)
        {
            new TrainedPolicy(Policy).Restore(directory);
        }

        TrainerStateFiles.ReadTensors(directory, Tensors(state));
        Policy.TakeMasters();
        CompletedSteps = state.CompletedSteps;
        Optimizer.StepCount = state.OptimizerSteps;
        if (_updates.CriticOptimizer is { } critic)
        {
            critic.AdamW.StepCount = state.CriticOptimizerSteps;
        }

        _prompts.Position = state.PromptPosition;
        KlCoefficient = state.KlCoefficient;
        _updates.Step.SkippedInARow = state.SkippedInARow;
        _dropout.Count = state.DropoutPasses;
        _guardian.Restore(state.Guardian);
        _buffer.Restore(state.Waiting);
    }

    public void Dispose()
    {
        _updates.Dispose();
        _rewards.Dispose();
        Models.Dispose();
    }

    private StepReport RunPhases(CancellationToken cancellationToken)
    {
        int step = CompletedSteps + 1;
        StepRecorder recorder = new(_time);
        List<RolloutGroup> dropped = [];
        for (int round = 0; round == 0 || (Config.DynamicSampling && !_buffer.IsFull && round < Config.MaxSamplingRounds); round++)
        {
            // 1. Roll out: the policy answers each prompt G times.
            IReadOnlyList<RolloutGroup> sampled = RollOut(step, recorder, cancellationToken);

            // 2. Score: every reward source looks at every completion.
            dropped.AddRange(Score(sampled, recorder, cancellationToken));
        }

        // 3. Estimate advantages: against the group or a critic. Both may need log-probs or values first.
        IReadOnlyList<RolloutGroup> groups = _buffer.Take();
        StepInputs inputs = _measurement.Measure(groups, step, KlCoefficient, recorder, cancellationToken);
        AdvantageResult result = _estimator.Estimate(inputs, recorder);

        // 4. Update: the policy, and the critic where there is one; unless the guardian has seen enough already.
        recorder.Add(CompletionMetrics.Of(inputs.Rollouts));
        recorder.Add(inputs.SamplerDifference());
        IReadOnlyList<GuardianFinding> reasonsToSkip = _guardian.BeforeUpdate(Observe(recorder.Metrics, recorder));
        _isUpdating = true;
        if (reasonsToSkip.Count == 0)
        {
            Update(inputs, result, recorder, cancellationToken);
        }

        RefreshReference(step);

        CompletedSteps = step;
        int[] sampledSteps = [.. groups.SelectMany(group => group.Rollouts.Select(_ => group.Step))];
        ScoredRollout[] scored = [.. inputs.Rollouts.Select((rollout, row) => new ScoredRollout(rollout, result.Rewards[row], result.Advantages.Mean(row))
        {
            SampledStep = sampledSteps[row],
            LogProbAboveReference = inputs.LogProbAboveReference(row),
        })];
        IReadOnlyDictionary<string, double> metrics = recorder.Finish();
        IReadOnlyList<GuardianFinding> findings = [.. reasonsToSkip, .. _guardian.AfterUpdate(Observe(metrics, recorder))];
        return new(step, metrics, scored, recorder.Messages) { Dropped = [.. dropped.SelectMany(Unused)], Findings = findings, IsSuspect = _guardian.IsSuspicious };
    }

    private IEnumerable<ScoredRollout> Unused(RolloutGroup group) =>
        group.Rollouts.Zip(_rolloutRewards.Table(group).Rewards, (rollout, reward) => new ScoredRollout(rollout, reward, double.NaN) { SampledStep = group.Step });

    private StepObservation Observe(IReadOnlyDictionary<string, double> metrics, StepRecorder recorder) => new(metrics, _updates.Step.SkippedInARow) { HasRewards = recorder.HasRewards };

    private static MicroBatchPlan PlanPasses(GrpoConfig config, GrpoModels models)
    {
        // A natural-gradient step keeps every activation: its second derivatives cannot be computed again.
        models.Policy.ActivationCheckpointing = config.Memory.ActivationCheckpointing && config.Loss.Objective != Objective.NaturalGradient;
        MicroBatchPlan plan = MicroBatchPlan.For(models.Policy, config.MicroBatchSize);
        if (models.Critic is null)
        {
            return plan;
        }

        models.Critic.Body.ActivationCheckpointing = config.Memory.ActivationCheckpointing;
        return plan with { TokenBudget = Math.Min(plan.TokenBudget, MicroBatchPlan.For(models.Critic.Body, null).TokenBudget) };
    }

    private IReadOnlyList<RolloutGroup> RollOut(int step, StepRecorder recorder, CancellationToken cancellationToken) => recorder.Phase("rollout", () =>
    {
        IReadOnlyList<RolloutGroup> groups = _collector.RollOut(_prompts.Take(Config.PromptsPerStep), Config.GroupSize, new SamplingKey(Config.Seed, step), cancellationToken);
        recorder.GeneratedTokens += groups.Sum(group => group.Rollouts.Sum(rollout => rollout.Completion.TokenIds.Count));
        return groups;
    });

    /// <returns>The groups that are not kept.</returns>
    private IReadOnlyList<RolloutGroup> Score(IReadOnlyList<RolloutGroup> sampled, StepRecorder recorder, CancellationToken cancellationToken)
    {
        (IReadOnlyList<RolloutGroup> groups, ScoreTable table) = recorder.Phase("reward", () => _collector.Score(sampled, new ScoringMoment(CompletedSteps + 1, IsEvaluation: false), cancellationToken));
        recorder.AddScores(table, _rewards.Sources);
        recorder.HasRewards |= groups.Any(group => !_rolloutRewards.Table(group).Rewards.All(double.IsNaN));
        IReadOnlyList<RolloutGroup> dropped = _buffer.Add(groups);
        if (Config.DynamicSampling)
        {
            recorder.Metrics[MetricNames.SamplerDroppedGroups] = recorder.Metrics.GetValueOrDefault(MetricNames.SamplerDroppedGroups) + dropped.Count;
            recorder.Metrics[MetricNames.SamplerRounds] = recorder.Metrics.GetValueOrDefault(MetricNames.SamplerRounds) + 1;
        }

        return dropped;
    }

    private void Update(StepInputs inputs, AdvantageResult result, StepRecorder recorder, CancellationToken cancellationToken)
    {
        if (inputs.Rollouts.Count == 0)
        {
            string missing = recorder.HasRewards ? $"no group of step {inputs.Step} has differing rewards" : $"no completion of step {inputs.Step} has a reward";
            recorder.Messages.Add($"{missing} after {Config.MaxSamplingRounds} sampling rounds; the policy is not updated");
            return;
        }

        TrainingBatch batch = TrainingBatch.Of(inputs, result, criticOnly: inputs.Step <= Config.Critic?.WarmupSteps);
        recorder.Phase("update", () => _updates.Step.Run(batch, inputs.Step, KlCoefficient, recorder, cancellationToken));
        AfterUpdate(inputs.LogProbs, batch, recorder);
    }

    private void AfterUpdate(StepLogProbs logProbs, TrainingBatch batch, StepRecorder recorder)
    {
        if (logProbs is { Old: not null, Reference: not null } && Config.Loss.KlPlacement == KlPlacement.Reward)
        {
            recorder.Metrics[MetricNames.PolicyKl] = logProbs.MeanKl(batch.Mask);
        }

        if (Config.AdaptiveKl is AdaptiveKlConfig adaptive && logProbs.Reference is not null)
        {
            double kl = logProbs.SummedKl().Average();
            recorder.Metrics[MetricNames.PolicyKlPerCompletion] = kl;
            recorder.Metrics[MetricNames.PolicyKlCoefficient] = KlCoefficient;

            // While only the critic learns, the KL is 0 whatever the coefficient.
            KlCoefficient = batch.CriticOnly ? KlCoefficient : AdaptiveKl.Next(KlCoefficient, kl, batch.Rows.Count, adaptive);
        }
    }

    /// <summary>Depends only on the step number: the policy has changed since the last refresh, even if this step's update was skipped.</summary>
    private void RefreshReference(int step)
    {
        if (Config.ReferenceSyncSteps is int every && step % every == 0)
        {
            Models.Reference?.Refresh(Policy, Config.ReferenceSyncAlpha);
        }
    }

    /// <summary>The state's tensors by their names in the file; borrowed.</summary>
    private Dictionary<string, Tensor> Tensors(GrpoTrainerState state)
    {
        IEnumerable<KeyValuePair<string, Tensor>> tensors = [.. Optimizer.Moments, .. _updates.CriticOptimizer?.AdamW.Moments ?? new Dictionary<string, Tensor>(), .. Models.Critic?.State ?? []];
        if (state.HoldsWeights)
        {
            tensors = tensors.Concat(TrainerStateFiles.WeightsOf(Policy, WeightPrefix));
        }

        if (state.HoldsReference)
        {
            IReferenceModel reference = Models.Reference
                ?? throw new CheckpointException("The checkpoint holds a reference model, but this run has none. Resume with the job's own checkpoint.");
            tensors = tensors.Concat(reference.State.Select(entry => KeyValuePair.Create(ReferencePrefix + entry.Key, entry.Value)));
        }

        return new(tensors);
    }

    /// <summary>What the phases before the update change.</summary>
    private sealed record StepStart(long PromptPosition, IReadOnlyList<RolloutGroup> Waiting, IReadOnlyDictionary<string, RuleState> Guardian);
}
