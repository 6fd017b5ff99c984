using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Gemma 2: norms on both sides, scaled embeddings, soft caps, a window on every other block.</summary>
internal sealed class Gemma2Family : IModelFamily
{
    private const double DefaultAttentionCap = 50, DefaultLogitCap = 30;
    private const int DefaultWindow = 4096;

    public string ModelType => "gemma2";

    public string ArchitecturePrefix => "Gemma2";

    public TransformerConfig Read(ConfigObject config)
    {
        TransformerConfig decoder = GemmaDecoder.Read(config, ModelType, new RopeSpelling()) with
        {
            AttentionSoftcap = CommonKeys.Optional(config, "attn_logit_softcapping", DefaultAttentionCap),
            LogitSoftcap = CommonKeys.Optional(config, "final_logit_softcapping", DefaultLogitCap),
        };
        int? window = CommonKeys.Window(config, DefaultWindow);

        // The published files of 9B and 27B say it twice.
        config.RequireIfPresent("sliding_window_size", value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == window);
        return CommonKeys.WithWindows(decoder, config, window, i => i % 2 == 0);
    }

    public JsonObject Write(TransformerConfig config) => GemmaDecoder.Write(config);
}
