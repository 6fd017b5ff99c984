using AlignService.HuggingFace.Architecture;

namespace AlignService.Model.Decoding.Simd;

/// <summary>The dimensions of the decoder.</summary>
internal sealed record DecoderShape(TransformerConfig Config)
{
    public int LayerCount => Config.Layers.Count;

    public int Width => Config.HiddenSize;

    public int PaddedWidth { get; } = PanelBlock.Pad(Config.HiddenSize);

    public int HeadCount => Config.HeadCount;

    public int KeyValueHeadCount => Config.KeyValueHeadCount;

    /// <summary>Query heads that share one key and value head.</summary>
    public int GroupWidth => Config.HeadCount / Config.KeyValueHeadCount;

    public int HeadWidth => Config.HeadDim;

    public int PaddedHeadWidth { get; } = PanelBlock.Pad(Config.HeadDim);

    /// <summary>All query heads side by side.</summary>
    public int QueryWidth => Config.HeadCount * Config.HeadDim;

    /// <summary>Queries, keys and values side by side.</summary>
    public int QueryKeyValueWidth => QueryWidth + (2 * Config.KeyValueHeadCount * Config.HeadDim);

    public int IntermediateWidth => Config.IntermediateSize;

    public int VocabularySize => Config.VocabSize;

    public bool HasSeparateHead => Config.Head == HeadKind.Separate;

    public float AttentionScale { get; } = (float)(Config.AttentionScale ?? 1 / Math.Sqrt(Config.HeadDim));

    public float NormEpsilon { get; } = (float)Config.NormEpsilon;
}
