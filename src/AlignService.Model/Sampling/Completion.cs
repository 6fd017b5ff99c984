namespace AlignService.Model.Sampling;

/// <summary>One sampled answer.</summary>
public sealed record Completion
{
    /// <summary>Index of the prompt, from the request.</summary>
    public required int PromptIndex { get; init; }

    /// <summary>Index in the group, from 0.</summary>
    public required int SampleIndex { get; init; }

    /// <summary>Sampled ids, including the end token, if any, and every token of a stop string.</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>Log-prob of each token in nats, under softmax(logits / temperature) with full support; greedy: at temperature 1.</summary>
    public required IReadOnlyList<float> LogProbs { get; init; }

    /// <summary>The tokens' text without special tokens, cut before a stop string.</summary>
    public required string Text { get; init; }

    public required FinishReason FinishReason { get; init; }

    /// <summary>Mean over the tokens of the probability mass that top-k, top-p and min-p left; 1 where they are off.</summary>
    public required float MeanKeptMass { get; init; }
}

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>An end token was sampled, even at the last position that the limit allows.</summary>
    Stop,

    /// <summary>The text contains a stop string.</summary>
    StopString,

    /// <summary>The limit of tokens was reached: the completion is truncated.</summary>
    Length,
}
