using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Llama 2 and 3, SmolLM2 and all that share their layout.</summary>
internal sealed class LlamaFamily : IModelFamily
{
    public string ModelType => "llama";

    public string ArchitecturePrefix => "Llama";

    public TransformerConfig Read(ConfigObject config)
    {
        int width = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        int headDim = config.Size("head_dim", Math.Max(1, width / heads));
        bool attentionBias = config.Bool("attention_bias", false);
        RopeConfig rope = RopeKeys.Read(config, headDim);
        return new TransformerConfig
        {
            ModelType = ModelType,
            VocabSize = config.Size("vocab_size"),
            HiddenSize = width,
            IntermediateSize = config.Size("intermediate_size"),
            HeadCount = heads,
            KeyValueHeadCount = config.Size("num_key_value_heads", heads),
            HeadDim = headDim,
            MaxPositions = config.Size("max_position_embeddings"),
            Layers = [.. Enumerable.Repeat(new LayerConfig(rope), CommonKeys.LayerCount(config))],
            NormEpsilon = config.Double("rms_norm_eps", 1e-6),
            Activation = CommonKeys.Activation(config),
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FeedForwardBias = config.Bool("mlp_bias", false),
            Head = CommonKeys.Head(config, tiedByDefault: false),
        };
    }
}
