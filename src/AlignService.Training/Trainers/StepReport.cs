using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Metrics;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>What a step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md.</param>
/// <param name="Rollouts">Those that the update used, group by group.</param>
/// <param name="Messages">Messages for the user: missing scores, skipped updates.</param>
public sealed record StepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<ScoredRollout> Rollouts, IReadOnlyList<string> Messages)
{
    /// <summary>Rollouts of groups that dynamic sampling dropped; their advantages are NaN.</summary>
    public IReadOnlyList<ScoredRollout> Dropped { get; init; } = [];

    /// <summary>The guardian's findings.</summary>
    public IReadOnlyList<GuardianFinding> Findings { get; init; } = [];

    /// <summary>A rule that would roll back has its bound exceeded, but not often enough yet.</summary>
    public bool IsSuspect { get; init; }
}

/// <summary>A rollout with its reward and advantage.</summary>
/// <param name="Rollout">Prompt, completion and scores.</param>
/// <param name="Reward">Weighted sum of its scores, penalties included; NaN is unscored.</param>
/// <param name="Advantage">Its advantage; the mean over its tokens where they differ.</param>
public sealed record ScoredRollout(Rollout Rollout, double Reward, double Advantage)
{
    /// <summary>The step whose weights sampled it: the current one, unless it waited.</summary>
    public required int SampledStep { get; init; }

    /// <summary>Mean over its tokens of the sampler's log-probs minus the reference model's, in nats; null where there is no reference.</summary>
    public double? LogProbAboveReference { get; init; }
}

/// <summary>Computes the models' outputs for a step's rollouts before its first update, as far as they are needed.</summary>
internal sealed class StepMeasurement(GrpoConfig config, GrpoModels models, MicroBatchPlan plan)
{
    /// <summary>A loss with a single on-policy update needs no old log-probs; everything else does.</summary>
    private bool AlwaysNeedsOld =>
        config.EpochCount * config.MinibatchCount > 1 || config.Loss.KlPlacement == KlPlacement.Reward || config.AdaptiveKl is not null || config.Loss.Objective == Objective.NaturalGradient
        || config.Guardian.SamplerMismatch.Action == GuardianAction.SkipStep
        || (DropsInputs && config.Loss.SamplerCorrection != SamplerCorrection.Off);

    /// <summary>An update with dropout has different log-probs than the sampler, which does not use dropout.</summary>
    private bool DropsInputs => models.Policy.Adapter is { Config.Dropout: > 0 };

    /// <param name="groups">Scored.</param>
    /// <param name="step">From 1.</param>
    /// <param name="klCoefficient">The current beta.</param>
    /// <param name="recorder">Receives the times.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    public StepInputs Measure(IReadOnlyList<RolloutGroup> groups, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken)
    {
        bool isStale = groups.Any(group => group.Step != step);
        (RolloutGroup Group, Rollout Rollout)[] rows = [.. groups.SelectMany(group => group.Rollouts.Select(rollout => (group, rollout)))];
        TokenSequence[] sequences = [.. rows.Select(row => row.Rollout.Sequence)];

        double[][]? old = !isStale && !AlwaysNeedsOld ? null : recorder.Phase("old_logprobs", () => LogProbs(models.Policy, sequences, cancellationToken));
        for (int row = 0; row < rows.Length && isStale && old is not null; row++)
        {
            // The weights that sampled this row are gone; the sampler noted what they said.
            old[row] = rows[row].Group.Step == step ? old[row] : [.. rows[row].Rollout.Completion.LogProbs.Select(value => (double)value)];
        }

        return new()
        {
            Step = step,
            Rollouts = [.. rows.Select(row => row.Rollout)],
            LogProbs = new(old, models.Reference is null ? null : recorder.Phase("reference_logprobs", () => models.Reference.Read(model => LogProbs(model, sequences, cancellationToken)))),
            SamplerLogProbs = old is null && DropsInputs ? null : [.. rows.Select(row => row.Rollout.Completion.LogProbs.Select(value => (double)value).ToArray())],
            Values = models.Critic is null ? null : recorder.Phase("values", () => models.Critic.Read(sequences, plan, cancellationToken)),
            Mask = [.. rows.Select(row => !(config.MaskTruncated && row.Rollout.IsTruncated))],
            KlCoefficient = klCoefficient,
        };
    }

    private double[][] LogProbs(Transformer model, TokenSequence[] sequences, CancellationToken cancellationToken) =>
        CompletionLogProbs.Read(model, sequences, config.Sampling.Temperature, plan, cancellationToken).LogProbs;
}
