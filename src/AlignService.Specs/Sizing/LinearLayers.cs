using AlignService.HuggingFace.Architecture;

namespace AlignService.Specs.Sizing;

/// <summary>Widths of the linear layers in a model's blocks.</summary>
internal static class LinearLayers
{
    /// <summary>Parameters of a low-rank adapter on all of them: rank x (inputs + outputs) each.</summary>
    internal static long AdapterParameterCount(TransformerConfig config, int rank) =>
        rank * config.Layers.Count * Of(config).Sum(layer => (long)layer.Inputs + layer.Outputs);

    private static IEnumerable<(int Inputs, int Outputs)> Of(TransformerConfig config)
    {
        int width = config.HiddenSize, inner = config.IntermediateSize;
        int queries = config.HeadCount * config.HeadDim, keys = config.KeyValueHeadCount * config.HeadDim;
        (int, int)[] attention = config.QueryKeyValueLayout == QueryKeyValueLayout.Separate
            ? [(width, queries), (width, keys), (width, keys)]
            : [(width, queries + (2 * keys))];
        (int, int)[] opening = config.FeedForward switch
        {
            FeedForwardKind.Gated => [(width, inner), (width, inner)],
            FeedForwardKind.GatedFused => [(width, 2 * inner)],
            _ => [(width, inner)],
        };
        return [.. attention, (queries, width), .. opening, (inner, width)];
    }
}
