using AlignService.Specs.PolicyOptimization;

namespace AlignService.Jobs.Sampling;

/// <summary>A loaded model that samples several texts together, a token of each per step. All calls come from one thread.</summary>
public interface ISampledModel : IDisposable
{
    /// <summary>Texts that are being sampled.</summary>
    int Count { get; }

    /// <summary>Whether memory for one more is left; there always is for the first.</summary>
    bool HasRoomFor(SampleOrder order);

    /// <summary>Computes the prompt and samples the first token.</summary>
    /// <param name="order">What is sampled.</param>
    /// <param name="onPiece">Called as text comes, and with the last piece.</param>
    /// <param name="cancellationToken">Drops it before its next token; a last piece says so.</param>
    /// <exception cref="AlignException">It cannot be sampled.</exception>
    void Enter(SampleOrder order, Action<SampledPiece> onPiece, CancellationToken cancellationToken);

    /// <summary>Samples one more token of each.</summary>
    /// <exception cref="AlignException">The model gives no usable numbers.</exception>
    void Step();

    /// <summary>Drops all of them without a word.</summary>
    void Clear();
}

/// <summary>One text to sample.</summary>
public sealed record SampleOrder
{
    /// <summary>Token ids, special ones included.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    /// <summary>How tokens are chosen and when the text ends.</summary>
    public required SamplingConfig Config { get; init; }

    /// <summary>Key of the random stream.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether tokens are told with their log-probs.</summary>
    public bool WithTokens { get; init; }
}

/// <summary>What was sampled since the last piece.</summary>
public sealed record SampledPiece
{
    /// <summary>Whole characters; may be empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>Null unless asked for.</summary>
    public IReadOnlyList<int>? TokenIds { get; init; }

    /// <summary>Nats; one per token.</summary>
    public IReadOnlyList<float>? LogProbs { get; init; }

    /// <summary>Of the last piece: why the text ended (stop, stop_string, length), or <see cref="Cancelled"/>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Of the last piece: all tokens of the text.</summary>
    public int TokenCount { get; init; }

    /// <summary>The finish reason of a text that nobody wants any more.</summary>
    public const string Cancelled = "cancelled";
}
