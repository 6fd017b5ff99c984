using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;

namespace AlignService.Model.Tests.Architecture;

/// <summary>Small random models for tests of the forward pass.</summary>
internal static class TinyModel
{
    internal static readonly RopeConfig Rope = new() { Theta = 1000, RotaryDim = 8 };

    internal static TransformerConfig Llama { get; } = new()
    {
        ModelType = "llama",
        VocabSize = 50,
        HiddenSize = 24,
        IntermediateSize = 40,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadDim = 8,
        MaxPositions = 64,
        Layers = [new LayerConfig(Rope), new LayerConfig(Rope)],
        InitializerRange = 0.3,
    };

    /// <summary>Models with every part that a configuration can choose, by name.</summary>
    internal static IReadOnlyDictionary<string, TransformerConfig> Variants { get; } = new Dictionary<string, TransformerConfig>
    {
        ["grouped heads"] = Llama,
        ["single key head, tied, biases"] = Llama with { KeyValueHeadCount = 1, Head = HeadKind.Tied, QueryKeyValueBias = true, AttentionOutputBias = true, FeedForwardBias = true },
        ["one key head a query head"] = Llama with { KeyValueHeadCount = 4 },
        ["window and no positions by turns"] = Llama with { Layers = [new LayerConfig(Rope, 3), new LayerConfig(null), new LayerConfig(Rope)] },
        ["soft caps and own scale"] = Llama with { AttentionSoftcap = 2, LogitSoftcap = 3, AttentionScale = 0.5, Layers = [new LayerConfig(Rope, 4), new LayerConfig(Rope)] },
        ["sandwich norms, plus one, scaled embedding"] = Llama with
        {
            NormPlacement = NormPlacement.BeforeAndAfter,
            Norm = NormKind.RootMeanSquarePlusOne,
            EmbeddingScale = 4.9,
            Names = new WeightNames { NormBeforeFeedForward = "pre_feedforward_layernorm" },
        },
        ["norms after, wide query norm"] = Llama with
        {
            NormPlacement = NormPlacement.After,
            QueryKeyNorm = QueryKeyNorm.FullWidth,
            Names = new WeightNames { NormAfterAttention = "post_attention_layernorm", NormAfterFeedForward = "post_feedforward_layernorm" },
        },
        ["fused projections, partial rotary, head norm"] = Llama with
        {
            QueryKeyValueLayout = QueryKeyValueLayout.Concatenated,
            FeedForward = FeedForwardKind.GatedFused,
            QueryKeyNorm = QueryKeyNorm.PerHead,
            Layers = [new LayerConfig(Rope with { RotaryDim = 4 })],
        },
        ["parallel residual, head by head, layer norm"] = Llama with
        {
            KeyValueHeadCount = 4,
            QueryKeyValueLayout = QueryKeyValueLayout.HeadByHead,
            ParallelResidual = true,
            Norm = NormKind.Layer,
            FeedForward = FeedForwardKind.Plain,
            Activation = ActivationKind.Gelu,
        },
        ["learned positions, transposed"] = Llama with
        {
            KeyValueHeadCount = 4,
            QueryKeyValueLayout = QueryKeyValueLayout.Concatenated,
            LearnedPositions = true,
            TransposedLinear = true,
            Layers = [new LayerConfig(null), new LayerConfig(null)],
            Norm = NormKind.Layer,
            FeedForward = FeedForwardKind.Plain,
            Activation = ActivationKind.GeluTanh,
            Names = new WeightNames { Positions = "positions" },
        },
    };

    internal static Transformer Create(TransformerConfig config, ulong seed = 1) => HuggingFaceCheckpoint.CreateRandom(config, seed, new LoadOptions());
}
