using AlignService.Model.Architecture;
using AlignService.Model.Safetensors;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>Models as Hugging Face directories: config.json, generation_config.json, safetensors.</summary>
public static class HuggingFaceCheckpoint
{
    /// <summary>Loads a causal language model. The files are mapped into memory and read once, so that no second copy is held.</summary>
    /// <exception cref="CheckpointException">Something in the directory is not supported or does not fit together; nothing is ever ignored.</exception>
    public static Transformer LoadTransformer(string directory, LoadOptions options)
    {
        CheckOptions(options);
        TransformerConfig config = ModelDescription.Read(directory).Config;
        using SafetensorsDirectory files = SafetensorsDirectory.Open(directory);
        return new Transformer(config, WeightLoader.Load(files, ParameterLayout.Of(config), options));
    }

    /// <summary>A new model with random weights, bit-identical for equal configuration and seed on every machine.</summary>
    public static Transformer CreateRandom(TransformerConfig config, ulong seed, LoadOptions options)
    {
        CheckOptions(options);
        return new Transformer(config, WeightInitializer.Create(config, ParameterLayout.Of(config), seed, options));
    }

    private static void CheckOptions(LoadOptions options)
    {
        if (options.Dtype is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Dtype, "A model computes in float32, float64 or bfloat16.");
        }
    }
}
