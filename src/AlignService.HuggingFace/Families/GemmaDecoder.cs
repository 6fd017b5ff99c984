using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>What the generations of Gemma have in common.</summary>
internal static class GemmaDecoder
{
    private const int DefaultHeadDim = 256, DefaultQueryScalar = 256;

    internal static TransformerConfig Read(ConfigObject config, string modelType, RopeSpelling? rope)
    {
        bool bias = config.Bool("attention_bias", false);
        var defaults = new DecoderDefaults { HeadDim = DefaultHeadDim, ActivationKey = "hidden_activation", Activation = "gelu_pytorch_tanh", Tied = true, Rope = rope };
        TransformerConfig decoder = CommonKeys.Decoder(config, modelType, defaults);
        if (CommonKeys.Activation(config, "hidden_act", "gelu_pytorch_tanh") != ActivationKind.GeluTanh)
        {
            throw new CheckpointException("config.json: hidden_act differs from gelu_pytorch_tanh; Gemma uses hidden_activation. Remove hidden_act.");
        }

        return decoder with
        {
            Norm = NormKind.RootMeanSquarePlusOne,
            NormPlacement = NormPlacement.BeforeAndAfter,
            EmbeddingScale = Math.Sqrt(decoder.HiddenSize),
            AttentionScale = 1 / Math.Sqrt(config.Double("query_pre_attn_scalar", DefaultQueryScalar)),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            Names = new WeightNames { NormBeforeFeedForward = "pre_feedforward_layernorm" },
        };
    }

    internal static JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config, "hidden_activation");
        NewConfiguration.SetWindows(json, config);
        json["attention_bias"] = config.QueryKeyValueBias;
        json["attn_logit_softcapping"] = config.AttentionSoftcap;
        json["final_logit_softcapping"] = config.LogitSoftcap;
        json["query_pre_attn_scalar"] = NewConfiguration.QueryScalar(config);
        return json;
    }
}
