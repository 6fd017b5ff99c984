using AlignService.Specs.Data;

namespace AlignService.Jobs.Rollouts;

/// <summary>A completion that a training step sampled, as it is kept.</summary>
public sealed record RolloutRecord
{
    /// <summary>From 1.</summary>
    public required int Step { get; init; }

    /// <summary>Counts the step's completions from 0, those that are not kept included.</summary>
    public required int Number { get; init; }

    /// <summary>Counts the step's prompts from 0.</summary>
    public required int Group { get; init; }

    public required Prompt Prompt { get; init; }

    /// <summary>The prompt as text; messages one below the other.</summary>
    public required string PromptText { get; init; }

    public IReadOnlyList<int> PromptTokenIds { get; init; } = [];

    /// <summary>Text without special tokens, cut before a stop string.</summary>
    public required string Completion { get; init; }

    /// <summary>End token included.</summary>
    public IReadOnlyList<int> CompletionTokenIds { get; init; } = [];

    public required int TokenCount { get; init; }

    /// <summary>[K], one per source; NaN is "no score".</summary>
    public required IReadOnlyList<double> Scores { get; init; }

    /// <summary>Weighted sum of the scores, penalties included; NaN is unscored.</summary>
    public required double Reward { get; init; }

    /// <summary>Mean over its tokens where they differ; NaN where nothing was learned from its group.</summary>
    public required double Advantage { get; init; }

    /// <summary>One of <see cref="RolloutColumns.FinishReasons"/>.</summary>
    public required string FinishReason { get; init; }

    public required RolloutLogProbs LogProbs { get; init; }

    /// <summary>Training steps that the policy which sampled it had done.</summary>
    public required int PolicyStep { get; init; }
}

/// <summary>Of a completion's tokens, in nats, under softmax(logits / temperature) with full support.</summary>
/// <param name="Mean">Over its tokens.</param>
/// <param name="Min">Of its least likely token.</param>
/// <param name="AboveReference">Mean of the policy's log-probs minus those of the reference model; null where there is none.</param>
public readonly record struct RolloutLogProbs(double Mean, double Min, double? AboveReference);

/// <summary>What a step leaves of its completions.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Sources">[K] names of the reward sources.</param>
/// <param name="Rows">Those that are kept, by number.</param>
/// <param name="KeepSteps">How many of the last steps keep theirs; null is all.</param>
public sealed record StepRollouts(int Step, IReadOnlyList<string> Sources, IReadOnlyList<RolloutRecord> Rows, int? KeepSteps)
{
    /// <summary>The first step whose rollouts are still kept after this one.</summary>
    public int FirstKeptStep => KeepSteps is { } count ? Step - count + 1 : 1;
}
