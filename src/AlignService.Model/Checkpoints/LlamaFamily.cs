using System.Text.Json.Nodes;
using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Llama 2 and 3, SmolLM2 and all that share their layout.</summary>
internal sealed class LlamaFamily : IModelFamily
{
    public string ModelType => "llama";

    public string ArchitecturePrefix => "Llama";

    public TransformerConfig Read(ConfigObject config)
    {
        bool attentionBias = config.Bool("attention_bias", false);
        return CommonKeys.Decoder(config, ModelType, new DecoderDefaults { KeyHeadsAreQueryHeads = true }) with
        {
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FeedForwardBias = config.Bool("mlp_bias", false),
        };
    }

    public JsonObject Write(TransformerConfig config)
    {
        RopeConfig rope = config.Layers[0].Rope ?? throw new NotSupportedException("A Llama block has rotary positions.");
        var ropeKeys = new JsonObject { ["rope_theta"] = rope.Theta, ["rope_type"] = "default" };
        if (rope.Scaling is not null)
        {
            throw new NotSupportedException("A new Llama model is written without rope scaling.");
        }

        var json = new JsonObject
        {
            ["architectures"] = new JsonArray($"{ArchitecturePrefix}ForCausalLM"),
            ["attention_bias"] = config.QueryKeyValueBias,
            ["attention_dropout"] = 0.0,
            ["dtype"] = "float32",
            ["head_dim"] = config.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.HiddenSize,
            ["initializer_range"] = config.InitializerRange,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["mlp_bias"] = config.FeedForwardBias,
            ["model_type"] = ModelType,
            ["num_attention_heads"] = config.HeadCount,
            ["num_hidden_layers"] = config.Layers.Count,
            ["num_key_value_heads"] = config.KeyValueHeadCount,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_parameters"] = ropeKeys,
            ["tie_word_embeddings"] = config.Head == HeadKind.Tied,
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabSize,
        };
        foreach ((string key, JsonNode? value) in ConfigFiles.TokenIds(config))
        {
            json[key] = value?.DeepClone();
        }

        return json;
    }
}
