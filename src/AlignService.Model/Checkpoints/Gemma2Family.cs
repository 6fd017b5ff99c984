using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Gemma 2: norms on both sides, scaled embeddings, soft caps, a window on every other block.</summary>
internal sealed class Gemma2Family : IModelFamily
{
    private const double DefaultAttentionCap = 50, DefaultLogitCap = 30;
    private const int DefaultWindow = 4096, DefaultHeadDim = 256, DefaultQueryScalar = 256;

    public string ModelType => "gemma2";

    public string ArchitecturePrefix => "Gemma2";

    public TransformerConfig Read(ConfigObject config)
    {
        TransformerConfig decoder = Decoder(config, ModelType, new RopeSpelling()) with
        {
            AttentionSoftcap = CommonKeys.Optional(config, "attn_logit_softcapping", DefaultAttentionCap),
            LogitSoftcap = CommonKeys.Optional(config, "final_logit_softcapping", DefaultLogitCap),
        };
        int? window = CommonKeys.Window(config, DefaultWindow);

        // The published files of 9B and 27B say it twice.
        config.RequireIfPresent("sliding_window_size", value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == window);
        return CommonKeys.WithWindows(decoder, config, window, i => i % 2 == 0);
    }

    public JsonObject Write(TransformerConfig config) => WriteDecoder(config);

    internal static JsonObject WriteDecoder(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config, "hidden_activation");
        NewConfiguration.SetWindows(json, config);
        json["attention_bias"] = config.QueryKeyValueBias;
        json["attn_logit_softcapping"] = config.AttentionSoftcap;
        json["final_logit_softcapping"] = config.LogitSoftcap;
        json["query_pre_attn_scalar"] = NewConfiguration.QueryScalar(config);
        return json;
    }

    /// <summary>What Gemma 2 and 3 have in common.</summary>
    internal static TransformerConfig Decoder(ConfigObject config, string modelType, RopeSpelling? rope)
    {
        bool bias = config.Bool("attention_bias", false);
        var defaults = new DecoderDefaults { HeadDim = DefaultHeadDim, ActivationKey = "hidden_activation", Activation = "gelu_pytorch_tanh", Tied = true, Rope = rope };
        TransformerConfig decoder = CommonKeys.Decoder(config, modelType, defaults);
        if (CommonKeys.Activation(config, "hidden_act", "gelu_pytorch_tanh") != ActivationKind.GeluTanh)
        {
            throw new CheckpointException("config.json: hidden_act differs from gelu_pytorch_tanh; Gemma goes by hidden_activation. Remove hidden_act.");
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
}
