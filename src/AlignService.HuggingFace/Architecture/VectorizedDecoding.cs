namespace AlignService.HuggingFace.Architecture;

/// <summary>Which models the vectorized decoder can sample from: the Llama family with all its options.</summary>
internal static class VectorizedDecoding
{
    /// <summary>What in a configuration prevents it, for a model in float32 on a CPU; null: nothing.</summary>
    internal static string? Obstacle(TransformerConfig config)
    {
        (bool Stands, string What)[] obstacles =
        [
            (config.Head == HeadKind.None, "a body without a head"),
            (config.Norm != NormKind.RootMeanSquare, $"norm {config.Norm}"),
            (config.NormPlacement != NormPlacement.Before, $"norm placement {config.NormPlacement}"),
            (config.ParallelResidual, "a parallel residual"),
            (config.QueryKeyNorm != QueryKeyNorm.None, $"query-key norm {config.QueryKeyNorm}"),
            (config.QueryKeyValueLayout != QueryKeyValueLayout.Separate, $"query-key-value layout {config.QueryKeyValueLayout}"),
            (config.FeedForward != FeedForwardKind.Gated, $"feed-forward layer {config.FeedForward}"),
            (config.Activation != ActivationKind.Silu, $"activation {config.Activation}"),
            (config.TransposedLinear, "transposed weights"),
            (config.AttentionSoftcap is not null || config.LogitSoftcap is not null, "a softcap"),
            (config.EmbeddingScale != 1, "scaled embeddings"),
            (config.LearnedPositions, "learned positions"),
            (config.Layers.Any(layer => layer.Rope is null || layer.Rope != config.Layers[0].Rope), "layers with different rotary positions"),
            (config.Layers.Any(layer => layer.SlidingWindow < config.MaxPositions), "a sliding window"),
        ];
        return obstacles.FirstOrDefault(obstacle => obstacle.Stands).What;
    }
}
