using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>GPT-2: learned positions, layer norms, transposed weights, biases everywhere.</summary>
internal sealed class Gpt2Family : IModelFamily
{
    /// <summary>The other families' names, which some tools write beside this family's own.</summary>
    private static readonly (string Alias, string Key)[] Aliases =
        [("hidden_size", "n_embd"), ("num_attention_heads", "n_head"), ("num_hidden_layers", "n_layer"), ("max_position_embeddings", "n_positions")];

    public string ModelType => "gpt2";

    public string ArchitecturePrefix => "GPT2";

    public TransformerConfig Read(ConfigObject config)
    {
        // Dropout is off here, and the summary is another model's.
        config.Ignore(["attn_pdrop", "embd_pdrop", "resid_pdrop", "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout"]);
        config.Ignore(["reorder_and_upcast_attn", "n_ctx", "n_special", "predict_special_tokens", "afn"]);
        config.RequireIfPresent("scale_attn_weights", value => value.ValueKind == JsonValueKind.True);
        CommonKeys.RequireFalse(config, "scale_attn_by_inverse_layer_idx");
        foreach ((string alias, string key) in Aliases)
        {
            config.RequireIfPresent(alias, value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == config.Int(key));
        }

        int width = config.Size("n_embd"), heads = config.Size("n_head");
        if (width % heads != 0)
        {
            throw new CheckpointException($"config.json: n_embd is {width}; it must be a multiple of n_head, {heads}.");
        }

        return new TransformerConfig
        {
            ModelType = ModelType,
            VocabSize = config.Size("vocab_size"),
            HiddenSize = width,
            IntermediateSize = config.Size("n_inner", 4 * width),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadDim = width / heads,
            MaxPositions = config.Size("n_positions"),
            Layers = [.. Enumerable.Repeat(new LayerConfig(Rope: null), CommonKeys.LayerCount(config, "n_layer"))],
            Norm = NormKind.Layer,
            NormEpsilon = config.Double("layer_norm_epsilon", 1e-5),
            QueryKeyValueLayout = QueryKeyValueLayout.Concatenated,
            FeedForward = FeedForwardKind.Plain,
            Activation = CommonKeys.Activation(config, "activation_function", "gelu_new"),
            TransposedLinear = true,
            QueryKeyValueBias = true,
            AttentionOutputBias = true,
            FeedForwardBias = true,
            LearnedPositions = true,
            Head = CommonKeys.Head(config, tiedByDefault: true),
            Names = Names,
        };
    }

    public JsonObject Write(TransformerConfig config) => new()
    {
        ["activation_function"] = NewConfiguration.Activation(config.Activation),
        ["attn_pdrop"] = 0.0,
        ["embd_pdrop"] = 0.0,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["n_embd"] = config.HiddenSize,
        ["n_head"] = config.HeadCount,
        ["n_inner"] = config.IntermediateSize,
        ["n_layer"] = config.Layers.Count,
        ["n_positions"] = config.MaxPositions,
        ["resid_pdrop"] = 0.0,
    };

    private static WeightNames Names { get; } = new()
    {
        OptionalPrefix = "transformer.",
        Embedding = "transformer.wte",
        Positions = "transformer.wpe",
        Layers = "transformer.h",
        FinalNorm = "transformer.ln_f",
        NormBeforeAttention = "ln_1",
        NormBeforeFeedForward = "ln_2",
        QueryKeyValue = "attn.c_attn",
        AttentionOutput = "attn.c_proj",
        Up = "mlp.c_fc",
        Down = "mlp.c_proj",
    };
}
