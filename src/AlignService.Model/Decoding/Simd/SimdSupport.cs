using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Attention;
using AlignService.Model.Architecture.FeedForwards;
using AlignService.Model.Architecture.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Decoding.Simd;

/// <summary>What the decoder can do: the Llama family in all its options.</summary>
internal static class SimdSupport
{
    /// <summary>What of a model stands in the way; null: nothing.</summary>
    public static string? Obstacle(Transformer model)
    {
        (bool Stands, string What)[] obstacles =
        [
            (model.Device.type != DeviceType.CPU, $"the device {model.Device}"),
            (model.Dtype == ScalarType.Float64, "float64"),
            (model.Config.Head == HeadKind.Tied && model.AdaptsTiedHead, "a tied head that the adapter changes without the embedding, or the other way round"),
            (model.Config.LengthBoundary is not null && model.PlannedLength is null, "rotary positions that depend on the length"),
        ];
        return First(obstacles) ?? Obstacle(model.Config);
    }

    /// <summary>The same of a configuration, for a model in float32 on a CPU.</summary>
    public static string? Obstacle(TransformerConfig config)
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
            (config.Layers.Any(layer => layer.Rope is null || layer.Rope != config.Layers[0].Rope), "layers of different rotary positions"),
            (config.Layers.Any(layer => layer.SlidingWindow < config.MaxPositions), "a sliding window"),
        ];
        return First(obstacles);
    }

    private static string? First((bool Stands, string What)[] obstacles) => obstacles.FirstOrDefault(obstacle => obstacle.Stands).What;
}
