using AlignService.HuggingFace.Architecture;

namespace AlignService.Model.Decoding.Simd;

/// <summary>A model's weights in float32, packed for <see cref="PanelKernel"/>.</summary>
internal sealed class DecoderWeights(DecoderShape shape) : IDisposable
{
    public DecoderShape Shape { get; } = shape;

    public DecoderLayerWeights[] Layers { get; } = [.. Enumerable.Range(0, shape.LayerCount).Select(_ => new DecoderLayerWeights(shape))];

    /// <summary>One output per token; a token's embedding is that output's weights.</summary>
    public PackedMatrix Embedding { get; } = new(PanelBlock.CountFor(shape.VocabularySize), shape.Width);

    /// <summary>Null where the embedding is also the head.</summary>
    public PackedMatrix? SeparateHead { get; } =
        shape.HasSeparateHead ? new PackedMatrix(PanelBlock.CountFor(shape.VocabularySize), shape.Width) : null;

    public PackedMatrix Head => SeparateHead ?? Embedding;

    /// <summary>[padded width].</summary>
    public AlignedBuffer FinalNorm { get; } = new(shape.PaddedWidth);

    public void Dispose()
    {
        foreach (DecoderLayerWeights layer in Layers)
        {
            layer.Dispose();
        }

        Embedding.Dispose();
        SeparateHead?.Dispose();
        FinalNorm.Dispose();
    }
}

/// <summary>One block's packed weights.</summary>
internal sealed class DecoderLayerWeights(DecoderShape shape) : IDisposable
{
    /// <summary>[padded width].</summary>
    public AlignedBuffer NormBeforeAttention { get; } = new(shape.PaddedWidth);

    /// <summary>[padded width].</summary>
    public AlignedBuffer NormBeforeFeedForward { get; } = new(shape.PaddedWidth);

    /// <summary>Queries, keys and values, head by head.</summary>
    public PackedMatrix QueryKeyValue { get; } = new(PanelBlock.CountFor(shape.QueryKeyValueWidth), shape.Width);

    public PackedMatrix AttentionOutput { get; } = new(PanelBlock.CountFor(shape.Width), shape.QueryWidth);

    /// <summary>Panels of gates alternating with panels of what they gate.</summary>
    public PackedMatrix GateUp { get; } = new(2 * PanelBlock.CountFor(shape.IntermediateWidth), shape.Width);

    public PackedMatrix Down { get; } = new(PanelBlock.CountFor(shape.Width), shape.IntermediateWidth);

    public void Dispose()
    {
        NormBeforeAttention.Dispose();
        NormBeforeFeedForward.Dispose();
        QueryKeyValue.Dispose();
        AttentionOutput.Dispose();
        GateUp.Dispose();
        Down.Dispose();
    }
}

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
