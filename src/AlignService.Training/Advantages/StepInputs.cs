using AlignService.Specs.Metrics;
using AlignService.Training.Losses;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>A step's scored rollouts with the models' outputs for them, before its first update.</summary>
internal sealed record StepInputs
{
    /// <summary>From 1.</summary>
    public required int Step { get; init; }

    /// <summary>Scored groups, one after the other.</summary>
    public required IReadOnlyList<Rollout> Rollouts { get; init; }

    public required StepLogProbs LogProbs { get; init; }

    /// <summary>[B][T] as the sampler reported them; null where the trainer has none of the same weights to compare with.</summary>
    public IReadOnlyList<double[]>? SamplerLogProbs { get; init; }

    /// <summary>[B][T] the critic's, before each completion token; null where there is no critic.</summary>
    public double[][]? Values { get; init; }

    /// <summary>[B] false: the row is excluded from the loss, but stays in its group's statistics.</summary>
    public required IReadOnlyList<bool> Mask { get; init; }

    /// <summary>The current beta.</summary>
    public required double KlCoefficient { get; init; }

    /// <summary>Mean over a row's tokens of the sampler's log-probs minus the reference model's, in nats; null where there is no reference.</summary>
    public double? LogProbAboveReference(int row) =>
        LogProbs.Reference is not { } reference || reference[row].Length == 0 ? null : Rollouts[row].Completion.LogProbs.Zip(reference[row], (sampler, read) => sampler - read).Average();

    /// <summary>sampler/logprob_difference_mean and _max over the masked-in tokens, where the trainer's own log-probs are known before the update.</summary>
    public IEnumerable<KeyValuePair<string, double>> SamplerDifference()
    {
        double[] differences = LogProbs.Old is not { } old ? [] :
        [
            .. Enumerable.Range(0, Rollouts.Count)
                .Where(row => Mask[row])
                .SelectMany(row => Rollouts[row].Completion.LogProbs.Zip(old[row], (sampler, trainer) => Math.Abs(trainer - sampler))),
        ];
        return differences.Length == 0 ? [] :
        [
            KeyValuePair.Create(MetricNames.SamplerLogProbDifferenceMean, differences.Average()),
            KeyValuePair.Create(MetricNames.SamplerLogProbDifferenceMax, differences.Max()),
        ];
    }
}

/// <summary>Log-probs of a step's completions before its first update, ragged [B][T].</summary>
/// <param name="Old">Under the weights that sampled; null where the first update computes them itself.</param>
/// <param name="Reference">Under the reference model; null where none is loaded.</param>
internal sealed record StepLogProbs(IReadOnlyList<double[]>? Old, IReadOnlyList<double[]>? Reference)
{
    /// <summary>[B] summed k1 of each completion, log pi_old - log pi_ref, in nats.</summary>
    public double[] SummedKl() => [.. Both().Select(row => row.Old.Zip(row.Reference, K1).Sum())];

    /// <summary>Rewards of each token: -beta k1, and the completion's score at its last token.</summary>
    public double[][] TokenRewards(IReadOnlyList<double> scores, double beta) => [.. Both().Select((pair, row) =>
    {
        double[] rewards = [.. pair.Old.Zip(pair.Reference, (old, reference) => -beta * K1(old, reference))];
        rewards[^1] += scores[row];
        return rewards;
    })];

    /// <summary>Mean k1 over the tokens of the rows that the mask keeps.</summary>
    public double MeanKl(IReadOnlyList<bool> mask)
    {
        double[] values = [.. Both().Where((_, row) => mask[row]).SelectMany(pair => pair.Old.Zip(pair.Reference, K1))];
        return values.Length == 0 ? 0 : values.Average();
    }

    private IEnumerable<(double[] Old, double[] Reference)> Both() => Old is not null && Reference is not null
        ? Old.Zip(Reference)
        : throw new InvalidOperationException("A KL in the reward needs the log-probs under both models.");

    private static double K1(double old, double reference) => Math.Clamp(old - reference, -ProbabilityRatio.LogBound, ProbabilityRatio.LogBound);
}
