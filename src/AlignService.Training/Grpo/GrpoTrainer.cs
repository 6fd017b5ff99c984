using AlignService.Model.Architecture;
using AlignService.Model.Sampling;
using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Training.Comparisons;
using AlignService.Training.Critics;
using AlignService.Training.Guardian;
using AlignService.Training.Improvement;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Grpo;

/// <summary>
/// Policy optimisation from sampled completions: against their group (GRPO, arXiv:2402.03300) or a critic (PPO, arXiv:1707.06347). One thread at a time. Equal set-up and seed give equal weights, bit for bit, also across a
/// checkpoint and its restoration.
/// </summary>
public sealed class GrpoTrainer : IDisposable
{
    private readonly GrpoTrainerSetup _setup;
    private readonly RolloutCollector _collector;
    private readonly StepMeasurement _measurement;
    private readonly Learner _learner;

    public GrpoTrainer(GrpoTrainerSetup setup)
    {
        // The loss's longest completion is the sampler's.
        Config = setup.Config with { Loss = setup.Config.Loss with { MaxCompletionLength = setup.Config.Sampling.MaxCompletionLength } };
        _setup = setup;
        // A natural-gradient step keeps every activation: its second derivatives cannot be computed again.
        setup.Policy.ActivationCheckpointing = Config.Memory.ActivationCheckpointing && Config.Loss.Objective != Objective.NaturalGradient;
        MicroBatchPlan plan = MicroBatchPlan.For(setup.Policy, Config.MicroBatchSize);
        if (setup.Critic is not null)
        {
            setup.Critic.Body.ActivationCheckpointing = Config.Memory.ActivationCheckpointing;
            plan = plan with { TokenBudget = Math.Min(plan.TokenBudget, MicroBatchPlan.For(setup.Critic.Body, null).TokenBudget) };
        }

        _collector = new(setup.Engine, setup.Rewards, Config.Sampling);
        StepRewards rewards = new(Config, setup.Rewards.Sources);
        _measurement = new(setup, Config, plan);
        Dropout = new(setup.Policy, Config.Seed);
        _learner = new(setup, Config, plan, rewards, Dropout);
        Prompts = new(setup.Prompts, RandomSeeds.For(Config.Seed, RandomPurpose.PromptOrder));
        Pool = new(Config.PromptsPerStep, Config.DynamicSampling ? _learner.Comparison.TellsApart : null);
        KlCoefficient = Config.Loss.KlCoefficient;
        Guardian = new(Config.Guardian, Config.GroupSize, setup.Rewards.Sources);
    }

    public GrpoConfig Config { get; }

    public int CompletedSteps { get; internal set; }

    /// <summary>Borrowed.</summary>
    public Transformer Policy => _setup.Policy;

    internal IReferenceModel? Reference => _setup.Reference;

    internal Critic? Critic => _setup.Critic;

    internal AdamW Optimizer => _learner.Optimizer;

    /// <summary>Null where the critic shares the policy's, or where there is none.</summary>
    internal AdamW? CriticOptimizer => _learner.CriticOptimizer?.AdamW;

    internal DropoutPasses Dropout { get; }

    internal PromptSequence Prompts { get; }

    internal GroupPool Pool { get; }

    /// <summary>Beta; moves where the KL is adaptive.</summary>
    internal double KlCoefficient { get; set; }

    internal IPolicyImprovement Improvement => _learner.Improvement;

    internal StepGuardian Guardian { get; }

    /// <summary>One step: roll out, score, compare, improve.</summary>
    /// <exception cref="NonFiniteGradientException">Three updates in a row had a gradient that is not finite.</exception>
    public StepReport RunStep(CancellationToken cancellationToken)
    {
        int step = CompletedSteps + 1;
        StepRecorder recorder = new(_setup.Time);
        for (int round = 0; round == 0 || (Config.DynamicSampling && !Pool.IsFull && round < Config.MaxSamplingRounds); round++)
        {
            // 1. Roll out: the policy answers each prompt G times.
            IReadOnlyList<RolloutGroup> sampled = RollOut(step, recorder, cancellationToken);

            // 2. Score: every reward source looks at every completion.
            Score(sampled, recorder, cancellationToken);
        }

        // 3. Compare: rewards become advantages, against their group or a critic. Both may need log-probs or values first.
        IReadOnlyList<RolloutGroup> groups = Pool.Take();
        MeasuredStep measured = _measurement.Measure(groups, step, KlCoefficient, recorder, cancellationToken);
        Credit credit = _learner.Comparison.Compare(measured, recorder);

        // 4. Improve: updates of the policy, and of the critic where there is one; unless the guardian has seen enough already.
        recorder.Add(CompletionMetrics.Of(measured.Rollouts));
        recorder.Add(measured.SamplerDifference());
        IReadOnlyList<GuardianFinding> reasonsToSkip = Guardian.BeforeUpdate(new(recorder.Metrics, Improvement.SkippedInARow));
        if (reasonsToSkip.Count == 0)
        {
            Improve(measured, credit, recorder, cancellationToken);
        }

        RefreshReference(step);

        CompletedSteps = step;
        GradedRollout[] graded = [.. measured.Rollouts.Select((rollout, row) => new GradedRollout(rollout, credit.Rewards[row], credit.Advantages.Mean(row)))];
        IReadOnlyDictionary<string, double> metrics = recorder.Finish();
        IReadOnlyList<GuardianFinding> findings = [.. reasonsToSkip, .. Guardian.AfterUpdate(new(metrics, Improvement.SkippedInARow))];
        return new(step, metrics, graded, recorder.Messages) { Findings = findings, IsSuspect = Guardian.IsSuspicious };
    }

    public void Dispose()
    {
        _learner.Dispose();
        _setup.Engine.Dispose();
        _setup.Rewards.Dispose();
        _setup.Reference?.Dispose();
        _setup.Critic?.Dispose();
        _setup.Policy.Adapter?.Dispose();
        _setup.Policy.Dispose();
    }

    private IReadOnlyList<RolloutGroup> RollOut(int step, StepRecorder recorder, CancellationToken cancellationToken) => recorder.Phase("rollout", () =>
    {
        IReadOnlyList<RolloutGroup> groups = _collector.RollOut(Prompts.Take(Config.PromptsPerStep), Config.GroupSize, new SamplingKey(Config.Seed, step), cancellationToken);
        recorder.GeneratedTokens += groups.Sum(group => group.Rollouts.Sum(rollout => rollout.Completion.TokenIds.Count));
        return groups;
    });

    private void Score(IReadOnlyList<RolloutGroup> sampled, StepRecorder recorder, CancellationToken cancellationToken)
    {
        (IReadOnlyList<RolloutGroup> groups, ScoreTable table) = recorder.Phase("reward", () => _collector.Score(sampled, cancellationToken));
        recorder.AddScores(table, _setup.Rewards.Sources);
        int dropped = Pool.Add(groups);
        if (Config.DynamicSampling)
        {
            recorder.Metrics["sampler/dropped_groups"] = recorder.Metrics.GetValueOrDefault("sampler/dropped_groups") + dropped;
            recorder.Metrics["sampler/rounds"] = recorder.Metrics.GetValueOrDefault("sampler/rounds") + 1;
        }
    }

    private void Improve(MeasuredStep measured, Credit credit, StepRecorder recorder, CancellationToken cancellationToken)
    {
        if (measured.Rollouts.Count == 0)
        {
            recorder.Messages.Add($"no group of step {measured.Step} has differing rewards after {Config.MaxSamplingRounds} sampling rounds; the policy stays as it is");
            return;
        }

        TrainingBatch batch = new()
        {
            Rows = [.. measured.Rollouts.Select(rollout => rollout.Sequence)],
            Advantages = credit.Advantages,
            Counts = credit.Counts,
            Values = credit.Values,
            CriticOnly = measured.Step <= Config.Critic?.WarmupSteps,
            OldLogProbs = measured.LogProbs.Old,
            ReferenceLogProbs = measured.LogProbs.Reference,
            SamplerLogProbs = measured.SamplerLogProbs,
        };
        recorder.Phase("update", () => _learner.Improvement.Run(batch, measured.Step, KlCoefficient, recorder, cancellationToken));
        AfterUpdate(measured.LogProbs, batch, recorder);
    }

    private void AfterUpdate(StepLogProbs logProbs, TrainingBatch batch, StepRecorder recorder)
    {
        if (logProbs is { Old: not null, Reference: not null } && Config.Loss.KlPlacement == KlPlacement.Reward)
        {
            recorder.Metrics["policy/kl"] = logProbs.MeanKl(batch.Counts);
        }

        if (Config.AdaptiveKl is AdaptiveKlConfig adaptive && logProbs.Reference is not null)
        {
            double kl = logProbs.SummedKl().Average();
            recorder.Metrics["policy/kl_per_completion"] = kl;
            recorder.Metrics["policy/kl_coefficient"] = KlCoefficient;

            // While only the critic learns, the KL is 0 whatever the coefficient.
            KlCoefficient = batch.CriticOnly ? KlCoefficient : AdaptiveKl.Next(KlCoefficient, kl, batch.Rows.Count, adaptive);
        }
    }

    /// <summary>Goes by the number of the step alone: the policy has moved since the last refresh, also where this step's update was left out.</summary>
    private void RefreshReference(int step)
    {
        if (Config.ReferenceSyncSteps is int every && step % every == 0)
        {
            _setup.Reference?.Refresh(_setup.Policy, Config.ReferenceSyncAlpha);
        }
    }
}
