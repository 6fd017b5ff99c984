using System.Text.Json;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>The keys of config.json that mean the same in many families.</summary>
internal static class CommonKeys
{
    private const int MostLayers = 4096;

    /// <summary>Keys that change no number.</summary>
    private static readonly string[] Inert =
    [
        "model_type", "architectures", "use_cache", "dtype", "torch_dtype", "transformers_version", "_name_or_path", "_attn_implementation", "attn_implementation",
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "decoder_start_token_id", "tokenizer_class", "tokenizer", "auto_map",
        "output_attentions", "output_hidden_states", "return_dict", "torchscript", "tie_encoder_decoder", "is_encoder_decoder", "problem_type",
        "id2label", "label2id", "num_labels", "pretraining_tp", "is_llama_config", "classifier_dropout", "keys_to_ignore_at_inference", "_from_model_config",
        "bos_token", "eos_token", "pad_token", "unk_token", "cls_token_id", "mask_token_id", "tokenizer_name", "base_model_name_or_path", "trust_remote_code",
        // Which kernel computes the attention, and what exporters and fine-tuning tools note for themselves.
        "_attn_implementation_autoset", "_attn_implementation_internal", "_flash_attn_2_enabled", "use_flash_attn", "use_flash_attention", "use_flash_attention_2",
        "transformers.js_config", "custom_pipelines", "unsloth_version", "unsloth_fixed", "model_name", "num_logits_to_keep", "logits_to_keep",
        // Older names of the context's length, which transformers does not read; max_position_embeddings is required.
        "max_sequence_length", "max_seq_length", "max_seq_len", "seq_length", "model_max_length",
        // Names of dropout that no supported family reads, and leftovers of transformers 2 and 3.
        "attention_probs_dropout_prob", "hidden_dropout_prob", "_num_labels", "output_past", "xla_device", "use_return_dict",
        // Settings of generation, which transformers 4 kept here: a job's own sampling settings decide.
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p",
        "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
        "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens",
        "begin_suppress_tokens", "prefix", "use_bfloat16", "tf_legacy_loss",
        "gradient_checkpointing", "task_specific_params", "finetuning_task", "chunk_size_feed_forward", "_commit_hash", "_auto_class", "cache_implementation",
    ];

    internal static void IgnoreInert(ConfigObject config)
    {
        config.Ignore(Inert);
        RequireZero(config, "attention_dropout", "hidden_dropout");
        RequireFalse(config, "is_decoder", "add_cross_attention", "rope_interleaved", "use_bidirectional_attention", "use_mrope");
        config.RequireIfPresent("pruned_heads", value => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any());
    }

    /// <summary>Dropout is not implemented: its keys must be 0 or absent.</summary>
    internal static void RequireZero(ConfigObject config, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            config.RequireIfPresent(key, value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
        }
    }

    /// <summary>Factors that change numbers unless they are 1.</summary>
    internal static void RequireOne(ConfigObject config, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            config.RequireIfPresent(key, value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 1);
        }
    }

    internal static void RequireFalse(ConfigObject config, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            config.RequireIfPresent(key, value => value.ValueKind == JsonValueKind.False);
        }
    }

    /// <summary>
    /// The sizes that families with Llama's spelling share, with Llama's parts; every block is a full-attention layer with the same rotary table.
    /// </summary>
    /// <param name="config">config.json.</param>
    /// <param name="modelType">The family.</param>
    /// <param name="defaults">The family's values for absent keys.</param>
    internal static TransformerConfig Decoder(ConfigObject config, string modelType, DecoderDefaults defaults)
    {
        int width = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        int headDim = config.Size("head_dim", defaults.HeadDim ?? Math.Max(1, width / heads));
        var layer = new LayerConfig(defaults.Rope is { } rope ? RopeKeys.Read(config, headDim, rope) : null);
        return new TransformerConfig
        {
            ModelType = modelType,
            VocabSize = config.Size("vocab_size"),
            HiddenSize = width,
            IntermediateSize = config.Size("intermediate_size"),
            HeadCount = heads,
            KeyValueHeadCount = defaults.KeyHeadsAreQueryHeads ? config.Size("num_key_value_heads", heads) : config.Size("num_key_value_heads"),
            HeadDim = headDim,
            MaxPositions = config.Size("max_position_embeddings"),
            Layers = [.. Enumerable.Repeat(layer, LayerCount(config))],
            NormEpsilon = config.Double("rms_norm_eps", defaults.NormEpsilon),
            Activation = Activation(config, defaults.ActivationKey, defaults.Activation),
            Head = Head(config, defaults.Tied),
        };
    }

    internal static int LayerCount(ConfigObject config, string key = "num_hidden_layers")
    {
        int count = config.Size(key);
        return count <= MostLayers ? count : throw new CheckpointException($"config.json: {key} is {count}; at most {MostLayers} are supported.");
    }

    internal static HeadKind Head(ConfigObject config, bool tiedByDefault) =>
        config.Bool("tie_word_embeddings", tiedByDefault) ? HeadKind.Tied : HeadKind.Separate;

    internal static ActivationKind Activation(ConfigObject config, string key = "hidden_act", string fallback = "silu")
    {
        string name = config.Text(key, fallback);
        return name switch
        {
            "silu" or "swish" => ActivationKind.Silu,
            "gelu" => ActivationKind.Gelu,
            "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => ActivationKind.GeluTanh,
            _ => throw new CheckpointException($"config.json: {key} is {name}; supported: silu, gelu, gelu_new, gelu_pytorch_tanh."),
        };
    }

    /// <summary>A number that null turns off.</summary>
    internal static double? Optional(ConfigObject config, string key, double? fallback)
    {
        double? value = config.Has(key) ? config.Double(key) : config.IsNull(key) ? null : fallback;
        return value is null or > 0 ? value : throw new CheckpointException($"config.json: {key} is {value}; it must be above 0, or null.");
    }

    /// <summary>The window's width that null turns off.</summary>
    internal static int? Window(ConfigObject config, int? fallback) =>
        config.Has("sliding_window") ? config.Size("sliding_window") : config.IsNull("sliding_window") ? null : fallback;

    /// <summary>Gives the blocks their windows: by `layer_types` where it is present, else by the family's own rule.</summary>
    internal static TransformerConfig WithWindows(TransformerConfig config, ConfigObject json, int? window, Func<int, bool> hasWindow)
    {
        bool[] windowed = LayerTypes(json, config.Layers.Count) ?? [.. Enumerable.Range(0, config.Layers.Count).Select(i => window is not null && hasWindow(i))];
        return windowed.Contains(true) && window is null
            ? throw new CheckpointException("config.json: layer_types has sliding_attention, but sliding_window is off.")
            : config with { Layers = [.. config.Layers.Select((layer, i) => layer with { SlidingWindow = windowed[i] ? window : null })] };
    }

    /// <summary>Which blocks have a window; null where the file does not say so.</summary>
    private static bool[]? LayerTypes(ConfigObject json, int count)
    {
        if (!json.Has("layer_types"))
        {
            return null;
        }

        IReadOnlyList<string> types = json.Texts("layer_types");
        return types.Count == count && types.All(type => type is "full_attention" or "sliding_attention")
            ? [.. types.Select(type => type == "sliding_attention")]
            : throw new CheckpointException($"config.json: layer_types is [{string.Join(", ", types.Distinct())}] for {types.Count} blocks; it must list full_attention or sliding_attention for each of the {count} blocks.");
    }
}

/// <summary>A family's values for absent keys.</summary>
internal sealed record DecoderDefaults
{
    /// <summary>null: hidden_size / num_attention_heads.</summary>
    internal int? HeadDim { get; init; }

    /// <summary>num_key_value_heads may be absent and is then num_attention_heads.</summary>
    internal bool KeyHeadsAreQueryHeads { get; init; }

    internal double NormEpsilon { get; init; } = 1e-6;

    internal string ActivationKey { get; init; } = "hidden_act";

    internal string Activation { get; init; } = "silu";

    internal bool Tied { get; init; }

    /// <summary>null: the family reads its rotary tables itself.</summary>
    internal RopeSpelling? Rope { get; init; } = new();
}
