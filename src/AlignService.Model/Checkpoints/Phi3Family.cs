using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Phi 3 and Phi 4 mini: fused projections, partial rotary positions, LongRoPE.</summary>
internal sealed class Phi3Family : IModelFamily
{
    public string ModelType => "phi3";

    public string ArchitecturePrefix => "Phi3";

    public TransformerConfig Read(ConfigObject config)
    {
        CommonKeys.RequireZero(config, "resid_pdrop", "embd_pdrop");
        CommonKeys.RequireFalse(config, "attention_bias", "mlp_bias", "lm_head_bias");
        config.Ignore(["original_max_position_embeddings"]);
        var defaults = new DecoderDefaults { KeyHeadsAreQueryHeads = true, NormEpsilon = 1e-5, Rope = new RopeSpelling { OriginalLengthAtTop = true } };
        TransformerConfig decoder = CommonKeys.Decoder(config, ModelType, defaults) with
        {
            QueryKeyValueLayout = QueryKeyValueLayout.Concatenated,
            FeedForward = FeedForwardKind.GatedFused,
        };
        return CommonKeys.WithWindows(decoder, config, CommonKeys.Window(config, null), _ => true);
    }
}
