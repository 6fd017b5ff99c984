using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>config.json of a model that has none yet, in the spelling of transformers 5. The result is read back to check that nothing of the configuration is lost.</summary>
internal static class NewConfiguration
{
    private const double WholeNumberTolerance = 1e-9;

    /// <exception cref="CheckpointException">The family cannot have such a configuration.</exception>
    internal static JsonObject Of(TransformerConfig config)
    {
        IModelFamily family = ModelFamilies.Find(config.ModelType);
        JsonObject json = family.Write(config);
        json["architectures"] = new JsonArray(family.LanguageModelArchitecture);
        json["dtype"] = "float32";
        json["initializer_range"] = config.InitializerRange;
        json["model_type"] = config.ModelType;
        json["tie_word_embeddings"] = config.Head == HeadKind.Tied;
        json["use_cache"] = true;
        json["vocab_size"] = config.VocabSize;
        foreach ((string key, JsonNode? value) in TokenIds(config))
        {
            json[key] = value?.DeepClone();
        }

        var sorted = new JsonObject(json.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
        RequireSame(config, family, sorted);
        return sorted;
    }

    /// <summary>The special tokens, as both files name them.</summary>
    internal static JsonObject TokenIds(TransformerConfig config)
    {
        JsonNode? end = config.EndTokenIds.Count switch
        {
            0 => null,
            1 => config.EndTokenIds[0],
            _ => new JsonArray([.. config.EndTokenIds.Select(id => (JsonNode)id)]),
        };
        return new JsonObject { ["bos_token_id"] = config.BeginTokenId, ["eos_token_id"] = end, ["pad_token_id"] = config.PadTokenId };
    }

    /// <summary>The keys that families with Llama's spelling share.</summary>
    internal static JsonObject Decoder(TransformerConfig config, string activationKey = "hidden_act") => new()
    {
        [activationKey] = Activation(config.Activation),
        ["attention_dropout"] = 0.0,
        ["head_dim"] = config.HeadDim,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.MaxPositions,
        ["num_attention_heads"] = config.HeadCount,
        ["num_hidden_layers"] = config.Layers.Count,
        ["num_key_value_heads"] = config.KeyValueHeadCount,
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_parameters"] = config.Layers.Select(layer => layer.Rope).FirstOrDefault(rope => rope is not null) is { } rope ? Rope(rope, config.HeadDim) : null,
    };

    /// <summary>`sliding_window` and `layer_types`.</summary>
    internal static void SetWindows(JsonObject json, TransformerConfig config)
    {
        json["sliding_window"] = config.Layers.Select(layer => layer.SlidingWindow).FirstOrDefault(window => window is not null);
        json["layer_types"] = new JsonArray([.. config.Layers.Select(layer => (JsonNode)(layer.SlidingWindow is null ? "full_attention" : "sliding_attention"))]);
    }

    internal static string Activation(ActivationKind kind) => kind switch
    {
        ActivationKind.Silu => "silu",
        ActivationKind.Gelu => "gelu",
        _ => "gelu_pytorch_tanh",
    };

    /// <summary>query_pre_attn_scalar for a factor of the scores.</summary>
    internal static double QueryScalar(TransformerConfig config)
    {
        double scale = config.AttentionScale ?? (1 / Math.Sqrt(config.HeadDim));
        double scalar = 1 / (scale * scale), whole = Math.Round(scalar);
        return Math.Abs(scalar - whole) < WholeNumberTolerance * whole ? whole : scalar;
    }

    internal static JsonObject Rope(RopeConfig rope, int headDim)
    {
        var json = new JsonObject { ["rope_theta"] = rope.Theta, ["rope_type"] = "default", ["partial_rotary_factor"] = Fraction(rope.RotaryDim, headDim) };

        switch (rope.Scaling)
        {
            case LinearRopeScaling linear:
                json["rope_type"] = "linear";
                json["factor"] = linear.Factor;
                break;
            case Llama3RopeScaling llama:
                json["rope_type"] = "llama3";
                json["factor"] = llama.Factor;
                json["low_freq_factor"] = llama.LowFrequencyFactor;
                json["high_freq_factor"] = llama.HighFrequencyFactor;
                json[RopeKeys.OriginalLengthKey] = llama.OriginalLength;
                break;
            case YarnRopeScaling yarn:
                json["rope_type"] = "yarn";
                json["factor"] = yarn.Factor;
                json["beta_fast"] = yarn.BetaFast;
                json["beta_slow"] = yarn.BetaSlow;
                json["attention_factor"] = yarn.AttentionFactor;
                json[RopeKeys.OriginalLengthKey] = yarn.OriginalLength;
                break;
            case LongRopeScaling longRope:
                json["rope_type"] = "longrope";
                json["short_factor"] = new JsonArray([.. longRope.ShortFactors.Select(factor => (JsonNode)factor)]);
                json["long_factor"] = new JsonArray([.. longRope.LongFactors.Select(factor => (JsonNode)factor)]);
                json["attention_factor"] = longRope.AttentionFactor;
                json[RopeKeys.OriginalLengthKey] = longRope.OriginalLength;
                break;
        }

        return json;
    }

    /// <summary>The smallest fraction that, rounded down, gives this width.</summary>
    private static double Fraction(int rotaryDim, int headDim)
    {
        double fraction = (double)rotaryDim / headDim;
        while ((int)(headDim * fraction) < rotaryDim)
        {
            fraction = Math.BitIncrement(fraction);
        }

        return fraction;
    }

    private static void RequireSame(TransformerConfig config, IModelFamily family, JsonObject json)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        TransformerConfig read = family.Read(new ConfigObject(document.RootElement, ModelFiles.ConfigFile));
        string[] lost = [.. typeof(TransformerConfig).GetProperties().Where(property => !IsSame(property.Name, property.GetValue(config), property.GetValue(read))).Select(property => property.Name)];
        if (lost.Length > 0)
        {
            throw new CheckpointException($"A new {config.ModelType} model cannot be written: the family does not support this {string.Join(", ", lost)}. Choose another model type, or the family's values.");
        }
    }

    private static bool IsSame(string property, object? wanted, object? read) => property switch
    {
        // Read by the caller of the family, from keys of their own.
        nameof(TransformerConfig.EndTokenIds) or nameof(TransformerConfig.BeginTokenId) or nameof(TransformerConfig.PadTokenId) or nameof(TransformerConfig.InitializerRange) => true,
        nameof(TransformerConfig.Head) => wanted is HeadKind.None || Equals(wanted, read), // a reward model's body says so by its architecture
        nameof(TransformerConfig.Layers) => ((IReadOnlyList<LayerConfig>)wanted!).SequenceEqual((IReadOnlyList<LayerConfig>)read!),
        nameof(TransformerConfig.Names) => wanted!.Equals(read) || wanted.Equals(((WeightNames)read!).WithoutPrefix()),
        _ => Equals(wanted, read),
    };
}
