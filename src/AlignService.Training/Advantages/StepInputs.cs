using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>A step's scored rollouts with what the models say about them, before its first update.</summary>
internal sealed record StepInputs
{
    /// <summary>From 1.</summary>
    public required int Step { get; init; }

    /// <summary>Groups one after the other, scored.</summary>
    public required IReadOnlyList<Rollout> Rollouts { get; init; }

    public required StepLogProbs LogProbs { get; init; }

    /// <summary>[B][T] as the sampler reported them; null where the trainer has none of the same weights to compare them with.</summary>
    public IReadOnlyList<double[]>? SamplerLogProbs { get; init; }

    /// <summary>[B][T] the critic's, before each completion token; null where there is no critic.</summary>
    public double[][]? Values { get; init; }

    /// <summary>[B] false: the row leaves the loss, but stays in its group's statistics.</summary>
    public required IReadOnlyList<bool> Mask { get; init; }

    /// <summary>The current beta.</summary>
    public required double KlCoefficient { get; init; }

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
            KeyValuePair.Create("sampler/logprob_difference_mean", differences.Average()),
            KeyValuePair.Create("sampler/logprob_difference_max", differences.Max()),
        ];
    }
}
