using System.Text.Json;
using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>The keys of config.json that mean the same in many families.</summary>
internal static class CommonKeys
{
    private const int MostLayers = 4096;

    /// <summary>Keys that change no number.</summary>
    private static readonly string[] Inert =
    [
        "model_type", "architectures", "use_cache", "dtype", "torch_dtype", "transformers_version", "_name_or_path", "_attn_implementation", "attn_implementation",
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "decoder_start_token_id", "tokenizer_class", "auto_map",
        "output_attentions", "output_hidden_states", "return_dict", "torchscript", "tie_encoder_decoder", "is_encoder_decoder", "problem_type",
        "id2label", "label2id", "num_labels", "pretraining_tp", "is_llama_config", "classifier_dropout", "keys_to_ignore_at_inference", "_from_model_config",
        "gradient_checkpointing", "task_specific_params", "finetuning_task", "chunk_size_feed_forward", "_commit_hash", "_auto_class",
    ];

    internal static void IgnoreInert(ConfigObject config)
    {
        config.Ignore(Inert);
        foreach (string key in new[] { "attention_dropout", "hidden_dropout", "resid_pdrop", "embd_pdrop" })
        {
            config.RequireIfPresent(key, value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
        }

        foreach (string key in new[] { "is_decoder", "add_cross_attention", "cross_attention_hidden_size", "rope_interleaved", "use_bidirectional_attention" })
        {
            config.RequireIfPresent(key, value => value.ValueKind == JsonValueKind.False);
        }
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
            _ => throw new CheckpointException($"config.json: {key} is {name}; supported are silu, gelu, gelu_new, gelu_pytorch_tanh."),
        };
    }
}
