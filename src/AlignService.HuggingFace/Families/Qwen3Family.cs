using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Qwen 3: norms on the heads of q and k instead of biases.</summary>
internal sealed class Qwen3Family : IModelFamily
{
    private const int DefaultHeadDim = 128;

    public string ModelType => "qwen3";

    public string ArchitecturePrefix => "Qwen3";

    public TransformerConfig Read(ConfigObject config)
    {
        bool bias = config.Bool("attention_bias", false);
        TransformerConfig decoder = CommonKeys.Decoder(config, ModelType, new DecoderDefaults { HeadDim = DefaultHeadDim });
        return UpperWindows.Read(decoder, config) with
        {
            QueryKeyNorm = QueryKeyNorm.PerHead,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        UpperWindows.Write(json, config);
        json["attention_bias"] = config.QueryKeyValueBias;
        return json;
    }
}
