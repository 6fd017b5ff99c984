namespace AlignService.Model.Sampling;

/// <summary>One sampled answer.</summary>
public sealed record Completion
{
    /// <summary>As in the request.</summary>
    public required int PromptIndex { get; init; }

    /// <summary>Place in the group, from 0.</summary>
    public required int SampleIndex { get; init; }

    /// <summary>Sampled ids, with the end token where there is one and with every token of a stop string.</summary>
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
    /// <summary>An end token was sampled, also where it is the last that the limit allows.</summary>
    Stop,

    /// <summary>The text contains a stop string.</summary>
    StopString,

    /// <summary>The limit of tokens was reached: the completion is truncated.</summary>
    Length,
}
