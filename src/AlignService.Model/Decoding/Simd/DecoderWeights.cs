namespace AlignService.Model.Decoding.Simd;

/// <summary>A model's weights in float32, packed for <see cref="PanelKernel"/>.</summary>
internal sealed class DecoderWeights(DecoderShape shape) : IDisposable
{
    public DecoderShape Shape { get; } = shape;

    public DecoderLayerWeights[] Layers { get; } = [.. Enumerable.Range(0, shape.LayerCount).Select(_ => new DecoderLayerWeights(shape))];

    /// <summary>One output a token; a token's embedding is that output's weights.</summary>
    public PackedMatrix Embedding { get; } = new(PanelBlock.CountFor(shape.VocabularySize), shape.Width);

    /// <summary>Null where the embedding is the head too.</summary>
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
