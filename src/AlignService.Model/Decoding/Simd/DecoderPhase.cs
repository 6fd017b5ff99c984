namespace AlignService.Model.Decoding.Simd;

/// <summary>A stage of a pass that begins when the previous one is done for all rows.</summary>
internal readonly record struct DecoderPhase(DecoderPhaseKind Kind, int Layer)
{
    /// <summary>All phases of a pass.</summary>
    public static DecoderPhase[] Of(DecoderShape shape)
    {
        DecoderPhaseKind[] inLayer =
        [
            DecoderPhaseKind.NormalizeForAttention,
            DecoderPhaseKind.ProjectQueryKeyValue,
            DecoderPhaseKind.Remember,
            DecoderPhaseKind.Attend,
            DecoderPhaseKind.AddAttention,
            DecoderPhaseKind.NormalizeForFeedForward,
            DecoderPhaseKind.Gate,
            DecoderPhaseKind.AddFeedForward,
        ];
        return
        [
            new(DecoderPhaseKind.Embed, 0),
            .. Enumerable.Range(0, shape.LayerCount).SelectMany(layer => inLayer.Select(kind => new DecoderPhase(kind, layer))),
            new(DecoderPhaseKind.NormalizeForHead, 0),
            new(DecoderPhaseKind.ProjectLogits, 0),
        ];
    }
}

internal enum DecoderPhaseKind
{
    Embed,
    NormalizeForAttention,
    ProjectQueryKeyValue,

    /// <summary>Queries and keys are rotated to their positions; keys and values are stored.</summary>
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
