using AlignService.Specs.Examples;
using AlignService.Training.Advantages;

namespace AlignService.Training.Updates;

/// <summary>Inputs of the updates of one step: one row per rollout, and ragged values, one per completion token.</summary>
internal sealed record TrainingBatch
{
    public required IReadOnlyList<TokenSequence> Rows { get; init; }

    public required RolloutAdvantages Advantages { get; init; }

    /// <summary>[B] false: the row is excluded from the loss, but counts in the number of rows.</summary>
    public required IReadOnlyList<bool> Mask { get; init; }

    /// <summary>Log-probs under the weights that sampled; null is on-policy: those of the update itself.</summary>
    public IReadOnlyList<double[]>? OldLogProbs { get; init; }

    /// <summary>Null where no reference is loaded.</summary>
    public IReadOnlyList<double[]>? ReferenceLogProbs { get; init; }

    /// <summary>As the sampler reported them; null where they are not compared.</summary>
    public IReadOnlyList<double[]>? SamplerLogProbs { get; init; }

    /// <summary>Null where there is no critic.</summary>
    public ValueTargets? Values { get; init; }

    /// <summary>Only the critic learns from these rows: its warm-up.</summary>
    public bool CriticOnly { get; init; }

    /// <summary>Completion tokens that have a loss.</summary>
    public int TokenCount => Rows.Where((_, row) => Mask[row]).Sum(row => row.CompletionIds.Count);

    /// <param name="inputs">Scored and measured.</param>
    /// <param name="result">Its advantages.</param>
    /// <param name="criticOnly">Only the critic learns.</param>
    public static TrainingBatch Of(StepInputs inputs, AdvantageResult result, bool criticOnly = false) => new()
    {
        Rows = [.. inputs.Rollouts.Select(rollout => rollout.Sequence)],
        Advantages = result.Advantages,
        Mask = result.Mask,
        Values = result.Values,
        CriticOnly = criticOnly,
        OldLogProbs = inputs.LogProbs.Old,
        ReferenceLogProbs = inputs.LogProbs.Reference,
        SamplerLogProbs = inputs.SamplerLogProbs,
    };
}
