using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>GPT-NeoX and Pythia: attention and feed-forward layer in parallel, partial rotary positions, layer norms.</summary>
internal sealed class GptNeoXFamily : IModelFamily
{
    private const double DefaultRotaryFraction = 0.25;

    public string ModelType => "gpt_neox";

    public string ArchitecturePrefix => "GPTNeoX";

    public TransformerConfig Read(ConfigObject config)
    {
        int width = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        if (width % heads != 0)
        {
            throw new CheckpointException($"config.json: hidden_size is {width}; it must be a multiple of num_attention_heads, {heads}.");
        }

        bool attentionBias = config.Bool("attention_bias", true);
        RopeConfig rope = RopeKeys.Read(config, width / heads, new RopeSpelling { ThetaKey = "rotary_emb_base", FractionKey = "rotary_pct", MayTurnPart = true, Fraction = DefaultRotaryFraction });
        return new TransformerConfig
        {
            ModelType = ModelType,
            VocabSize = config.Size("vocab_size"),
            HiddenSize = width,
            IntermediateSize = config.Size("intermediate_size"),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadDim = width / heads,
            MaxPositions = config.Size("max_position_embeddings"),
            Layers = [.. Enumerable.Repeat(new LayerConfig(rope), CommonKeys.LayerCount(config))],
            Norm = NormKind.Layer,
            NormEpsilon = config.Double("layer_norm_eps", 1e-5),
            ParallelResidual = config.Bool("use_parallel_residual", true),
            QueryKeyValueLayout = QueryKeyValueLayout.HeadByHead,
            FeedForward = FeedForwardKind.Plain,
            Activation = CommonKeys.Activation(config, "hidden_act", "gelu"),
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FeedForwardBias = true,
            Head = CommonKeys.Head(config, tiedByDefault: false),
            Names = Names,
        };
    }

    public JsonObject Write(TransformerConfig config) => new()
    {
        ["attention_bias"] = config.QueryKeyValueBias,
        ["attention_dropout"] = 0.0,
        ["hidden_act"] = NewConfiguration.Activation(config.Activation),
        ["hidden_dropout"] = 0.0,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["layer_norm_eps"] = config.NormEpsilon,
        ["max_position_embeddings"] = config.MaxPositions,
        ["num_attention_heads"] = config.HeadCount,
        ["num_hidden_layers"] = config.Layers.Count,
        ["rope_parameters"] = config.Layers[0].Rope is { } rope ? NewConfiguration.Rope(rope, config.HeadDim) : null,
        ["use_parallel_residual"] = config.ParallelResidual,
    };

    private static WeightNames Names { get; } = new()
    {
        Embedding = "gpt_neox.embed_in",
        Layers = "gpt_neox.layers",
        FinalNorm = "gpt_neox.final_layer_norm",
        Head = "embed_out",
        QueryKeyValue = "attention.query_key_value",
        AttentionOutput = "attention.dense",
        Up = "mlp.dense_h_to_4h",
        Down = "mlp.dense_4h_to_h",
    };
}
