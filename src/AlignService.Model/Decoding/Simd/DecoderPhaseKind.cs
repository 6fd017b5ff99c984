namespace AlignService.Model.Decoding.Simd;

internal enum DecoderPhaseKind
{
    Embed,
    NormalizeForAttention,
    ProjectQueryKeyValue,

    /// <summary>Queries and keys are turned to their positions; keys and values stored.</summary>
    Remember,
    Attend,
    AddAttention,
    NormalizeForFeedForward,

    /// <summary>The first half of the feed-forward layer.</summary>
    Gate,
    AddFeedForward,
    NormalizeForHead,
    ProjectLogits,
}
