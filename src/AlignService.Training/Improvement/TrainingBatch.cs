using AlignService.Specs.Examples;
using AlignService.Training.Comparisons;
using AlignService.Training.Critics;

namespace AlignService.Training.Improvement;

/// <summary>What the updates of one step read: a row a rollout, and ragged values, one a completion token.</summary>
public sealed record TrainingBatch
{
    public required IReadOnlyList<TokenSequence> Rows { get; init; }

    public required StepAdvantages Advantages { get; init; }

    /// <summary>[B] false: the row leaves the loss, but stays in the number of rows.</summary>
    public required IReadOnlyList<bool> Counts { get; init; }

    /// <summary>Log-probs under the weights that sampled; null is on policy: those of the update itself.</summary>
    public IReadOnlyList<double[]>? OldLogProbs { get; init; }

    /// <summary>Null where no reference is loaded.</summary>
    public IReadOnlyList<double[]>? ReferenceLogProbs { get; init; }

    /// <summary>As the sampler reported them; null where they are not compared.</summary>
    public IReadOnlyList<double[]>? SamplerLogProbs { get; init; }

    /// <summary>Null where there is no critic.</summary>
    public ValueTargets? Values { get; init; }

    /// <summary>Only the critic learns from these rows: its warm-up.</summary>
    public bool CriticOnly { get; init; }

    /// <summary>Completion tokens that carry the loss.</summary>
    public int TokenCount => Rows.Where((_, row) => Counts[row]).Sum(row => row.CompletionIds.Count);
}
