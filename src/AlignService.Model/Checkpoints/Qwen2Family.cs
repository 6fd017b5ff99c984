using System.Text.Json.Nodes;
using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Qwen 2 and 2.5: Llama with biases on q, k and v, and an optional window on the upper blocks.</summary>
internal sealed class Qwen2Family : IModelFamily
{
    private const int DefaultWindow = 4096, DefaultFirstWindowedLayer = 28;

    public string ModelType => "qwen2";

    public string ArchitecturePrefix => "Qwen2";

    public TransformerConfig Read(ConfigObject config) =>
        WithUpperWindows(CommonKeys.Decoder(config, ModelType, new DecoderDefaults()) with { QueryKeyValueBias = true }, config);

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        SetUpperWindows(json, config);
        return json;
    }

    internal static void SetUpperWindows(JsonObject json, TransformerConfig config)
    {
        NewConfiguration.SetWindows(json, config);
        json["use_sliding_window"] = config.Layers.Any(layer => layer.SlidingWindow is not null);
    }

    /// <summary>`sliding_window` means something only beside `use_sliding_window`.</summary>
    internal static TransformerConfig WithUpperWindows(TransformerConfig config, ConfigObject json)
    {
        int? window = CommonKeys.Window(json, DefaultWindow);
        int first = json.Int("max_window_layers", DefaultFirstWindowedLayer);
        return CommonKeys.WithWindows(config, json, json.Bool("use_sliding_window", false) ? window : null, i => i >= first);
    }
}
