
namespace AlignService.Model.Decoding.Simd;

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

    /// <summary>A panel of gates, then the panel of what they gate, in turn.</summary>
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
