using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Sliding windows on the upper blocks, as Qwen and similar families spell them.</summary>
internal static class UpperWindows
{
    private const int DefaultWindow = 4096, DefaultFirstWindowedLayer = 28;

    /// <summary>`sliding_window` only applies with `use_sliding_window`.</summary>
    internal static TransformerConfig Read(TransformerConfig config, ConfigObject json)
    {
        int? window = CommonKeys.Window(json, DefaultWindow);
        int first = json.Int("max_window_layers", DefaultFirstWindowedLayer);
        return CommonKeys.WithWindows(config, json, json.Bool("use_sliding_window", false) ? window : null, i => i >= first);
    }

    internal static void Write(JsonObject json, TransformerConfig config)
    {
        NewConfiguration.SetWindows(json, config);
        json["use_sliding_window"] = config.Layers.Any(layer => layer.SlidingWindow is not null);
    }
}
