using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Phi 3 and Phi 4 mini: fused projections, partial rotary positions, LongRoPE.</summary>
internal sealed class Phi3Family : IModelFamily
{
    public string ModelType => "phi3";

    public string ArchitecturePrefix => "Phi3";

    public TransformerConfig Read(ConfigObject config)
    {
        CommonKeys.RequireZero(config, "resid_pdrop", "embd_pdrop");
        CommonKeys.RequireFalse(config, "attention_bias", "mlp_bias", "lm_head_bias");
        CommonKeys.RequireOne(config, "full_attn_mod", "interpolate_factor");
        config.Ignore(["original_max_position_embeddings"]);
        var defaults = new DecoderDefaults { KeyHeadsAreQueryHeads = true, NormEpsilon = 1e-5, Rope = new RopeSpelling { OriginalLengthAtTop = true, MayTurnPart = true } };
        TransformerConfig decoder = CommonKeys.Decoder(config, ModelType, defaults) with
        {
            QueryKeyValueLayout = QueryKeyValueLayout.Concatenated,
            FeedForward = FeedForwardKind.GatedFused,
        };
        RequireOwnScaling(decoder.Layers[0].Rope?.Scaling, config);
        return CommonKeys.WithWindows(decoder, config, CommonKeys.Window(config, null), _ => true);
    }

    /// <summary>transformers reads every other scaling of this family as longrope, and an absent original length as 4096 regardless of the rope options.</summary>
    private static void RequireOwnScaling(RopeScaling? scaling, ConfigObject config)
    {
        if (scaling is not (null or LongRopeScaling))
        {
            throw new CheckpointException("config.json: rope_type of phi3 must be default or longrope; transformers supports no other.");
        }

        if (scaling is not null && !config.Has(RopeKeys.OriginalLengthKey))
        {
            throw new CheckpointException($"config.json: phi3 with longrope needs {RopeKeys.OriginalLengthKey} next to max_position_embeddings, at the top level.");
        }
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        NewConfiguration.SetWindows(json, config);
        if (json["rope_parameters"] is JsonObject rope && rope.Remove(RopeKeys.OriginalLengthKey, out JsonNode? length))
        {
            json[RopeKeys.OriginalLengthKey] = length;
        }

        return json;
    }
}
