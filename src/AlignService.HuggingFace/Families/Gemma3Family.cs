using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Gemma 3, text: Gemma 2 with head norms, and separate rotary bases for full and window blocks.</summary>
internal sealed class Gemma3Family : IModelFamily
{
    private const string FullKey = "full_attention", WindowKey = "sliding_attention";
    private const double DefaultFullTheta = 1e6, DefaultWindowTheta = 1e4;
    private const int DefaultWindow = 4096, DefaultPattern = 6;

    public string ModelType => "gemma3_text";

    public string ArchitecturePrefix => "Gemma3Text";

    public string LanguageModelArchitecture => "Gemma3ForCausalLM";

    public TransformerConfig Read(ConfigObject config)
    {
        TransformerConfig decoder = GemmaDecoder.Read(config, ModelType, rope: null) with
        {
            QueryKeyNorm = QueryKeyNorm.PerHead,
            AttentionSoftcap = CommonKeys.Optional(config, "attn_logit_softcapping", null),
            LogitSoftcap = CommonKeys.Optional(config, "final_logit_softcapping", null),
        };
        int pattern = config.Size("sliding_window_pattern", config.Size("_sliding_window_pattern", DefaultPattern));
        decoder = CommonKeys.WithWindows(decoder, config, CommonKeys.Window(config, DefaultWindow), i => (i + 1) % pattern != 0);
        (RopeConfig full, RopeConfig windowed) = ReadRopes(config, decoder.HeadDim);
        return decoder with { Layers = [.. decoder.Layers.Select(layer => layer with { Rope = layer.SlidingWindow is null ? full : windowed })] };
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = GemmaDecoder.Write(config);
        var ropes = new JsonObject();
        foreach (LayerConfig layer in config.Layers.Where(layer => layer.Rope is not null))
        {
            ropes[layer.SlidingWindow is null ? FullKey : WindowKey] = NewConfiguration.Rope(layer.Rope!, config.HeadDim);
        }

        json["rope_parameters"] = ropes;
        return json;
    }

    private static (RopeConfig Full, RopeConfig Windowed) ReadRopes(ConfigObject config, int headDim)
    {
        var full = new RopeSpelling { Theta = config.Double("rope_theta", DefaultFullTheta) };
        var windowed = new RopeSpelling { Theta = config.Double("rope_local_base_freq", DefaultWindowTheta) };
        if (config.Object("rope_parameters") is not { } parameters)
        {
            // The scaling is the full blocks' alone.
            return (RopeKeys.ReadOptions(config.Object("rope_scaling"), config, headDim, full), RopeKeys.ReadOptions(null, config, headDim, windowed));
        }

        if (config.Has("rope_scaling") || config.Has("rope_theta") || config.Has("rope_local_base_freq"))
        {
            throw new CheckpointException("config.json has rope_parameters together with rope_scaling, rope_theta or rope_local_base_freq; keep only rope_parameters.");
        }

        ConfigObject? fullOptions = parameters.Object(FullKey), windowOptions = parameters.Object(WindowKey);
        parameters.RefuseUnread();
        return (RopeKeys.ReadOptions(fullOptions, config, headDim, full), RopeKeys.ReadOptions(windowOptions, config, headDim, windowed));
    }
}
