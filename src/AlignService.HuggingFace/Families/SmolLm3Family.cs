using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>SmolLM3: Llama with some blocks that have no positions.</summary>
internal sealed class SmolLm3Family : IModelFamily
{
    private const double DefaultTheta = 2e6;
    private const int DefaultInterval = 4;

    public string ModelType => "smollm3";

    public string ArchitecturePrefix => "SmolLM3";

    public TransformerConfig Read(ConfigObject config)
    {
        bool bias = config.Bool("attention_bias", false);
        var defaults = new DecoderDefaults { Tied = true, Rope = new RopeSpelling { Theta = DefaultTheta } };
        TransformerConfig decoder = CommonKeys.Decoder(config, ModelType, defaults) with
        {
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FeedForwardBias = config.Bool("mlp_bias", false),
        };
        return WithWindows(WithoutSomePositions(decoder, config), config);
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        UpperWindows.Write(json, config);
        json["attention_bias"] = config.QueryKeyValueBias;
        json["mlp_bias"] = config.FeedForwardBias;
        json["no_rope_layers"] = new JsonArray([.. config.Layers.Select(layer => (JsonNode)(layer.Rope is null ? 0 : 1))]);
        return json;
    }

    private static TransformerConfig WithoutSomePositions(TransformerConfig decoder, ConfigObject config)
    {
        int interval = config.Size("no_rope_layer_interval", DefaultInterval);
        IReadOnlyList<int> turned = config.Ints("no_rope_layers"); // 1 is with rope
        if (turned.Count == 0)
        {
            turned = [.. Enumerable.Range(1, decoder.Layers.Count).Select(number => number % interval == 0 ? 0 : 1)];
        }

        return turned.Count == decoder.Layers.Count && turned.All(flag => flag is 0 or 1)
            ? decoder with { Layers = [.. decoder.Layers.Select((layer, i) => turned[i] == 1 ? layer : layer with { Rope = null })] }
            : throw new CheckpointException($"config.json: no_rope_layers has {turned.Count} entries; it must have a 0 or 1 for each of the {decoder.Layers.Count} blocks.");
    }

    private static TransformerConfig WithWindows(TransformerConfig decoder, ConfigObject config)
    {
        config.Ignore(["max_window_layers"]);
        int? window = CommonKeys.Window(config, null);
        bool used = config.Bool("use_sliding_window", false) && window is not null;
        return used && !config.Has("layer_types")
            ? throw new CheckpointException("config.json: use_sliding_window is true without layer_types; list in layer_types the blocks that have the window.")
            : CommonKeys.WithWindows(decoder, config, used ? window : null, _ => false);
    }
}
