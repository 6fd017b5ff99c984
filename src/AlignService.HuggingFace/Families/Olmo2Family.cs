using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>OLMo 2: norms after attention and feed-forward layer, and on all heads of q and k together.</summary>
internal sealed class Olmo2Family : IModelFamily
{
    public string ModelType => "olmo2";

    public string ArchitecturePrefix => "Olmo2";

    public TransformerConfig Read(ConfigObject config)
    {
        bool bias = config.Bool("attention_bias", false);
        return CommonKeys.Decoder(config, ModelType, new DecoderDefaults { KeyHeadsAreQueryHeads = true, NormEpsilon = 1e-5 }) with
        {
            NormPlacement = NormPlacement.After,
            QueryKeyNorm = QueryKeyNorm.FullWidth,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        json["attention_bias"] = config.QueryKeyValueBias;
        return json;
    }
}
