using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Testing;

namespace AlignService.Model.Tests.Checkpoints.Families;

/// <summary>A small first Gemma.</summary>
internal static class GemmaModel
{
    /// <summary>The keys of the published files, with the sizes of a small model.</summary>
    internal const string Published = """
        {
          "architectures": ["GemmaForCausalLM"], "model_type": "gemma", "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 2, "eos_token_id": 1,
          "head_dim": 8, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 24, "initializer_range": 0.02,
          "intermediate_size": 40, "max_position_embeddings": 64, "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 1, "pad_token_id": 0,
          "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000.0, "torch_dtype": "bfloat16", "transformers_version": "4.38.0", "use_cache": true,
          "vocab_size": 50
        }
        """;

    internal static TransformerConfig Read(string config)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config);
        return ModelDescription.Read(folder.Path).Config;
    }
}
