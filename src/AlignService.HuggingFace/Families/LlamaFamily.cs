using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Llama 2 and 3, SmolLM2 and all models that share their layout.</summary>
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
        JsonObject json = NewConfiguration.Decoder(config);
        json["attention_bias"] = config.QueryKeyValueBias;
        json["mlp_bias"] = config.FeedForwardBias;
        return json;
    }
}
