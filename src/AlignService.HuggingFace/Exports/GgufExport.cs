using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Gguf;
using AlignService.HuggingFace.Weights;

namespace AlignService.HuggingFace.Exports;

/// <summary>A GGUF file for llama.cpp and what is built on it: weights, tokenizer and chat template in one file.</summary>
public static class GgufExport
{
    /// <summary>The version of the block formats; files of an older one are refused.</summary>
    private const uint QuantizationVersion = 2;

    /// <summary>Writes a language model; an adapter is merged, in float32.</summary>
    /// <param name="model">A full model, or a base and its adapter.</param>
    /// <param name="target">A file that does not exist.</param>
    /// <param name="type">Of the matrices; norms and biases are float32.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The target exists, the model is damaged, llama.cpp would compute something else, or a value is too large for the type.</exception>
    public static ModelExport Write(AdaptedModel model, string target, GgufType type, CancellationToken cancellationToken) =>
        ModelExport.Run(model, target, partial => WriteTo(model, partial, Path.GetFileNameWithoutExtension(target), type, cancellationToken), cancellationToken);

    private static List<string> WriteTo(AdaptedModel model, string path, string name, GgufType type, CancellationToken cancellationToken)
    {
        using ModelWeights weights = ModelWeights.Open(model);
        if (weights.IsRewardModel)
        {
            throw new CheckpointException("A reward model gives scores instead of next tokens, for which llama.cpp has no file of these families. Export it as a Hugging Face directory (--format hf).");
        }

        GgufArchitecture architecture = GgufArchitectures.Of(weights.Config);
        if (architecture.Faults(weights.Config).ToList() is { Count: > 0 } faults)
        {
            throw new CheckpointException($"The {weights.Config.ModelType} model cannot be exported as GGUF, because in llama.cpp's {architecture.Name} {string.Join("; ", faults)}. Export --format hf instead.");
        }

        List<string> findings = [];
        var metadata = new GgufMetadata();
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.type", "model");
        metadata.Add("general.name", name);
        metadata.Add("general.file_type", GgufTypes.FileType(type));
        metadata.Add("general.alignment", (uint)GgufWriter.Alignment);
        if (type == GgufType.Q8)
        {
            metadata.Add("general.quantization_version", QuantizationVersion);
        }

        GgufModel.AddTo(metadata, weights.Config, architecture, findings);
        GgufTokenizer.AddTo(metadata, model.BaseDirectory, weights.Config, findings);
        GgufWriter.Write(path, metadata, GgufTensors.Of(weights, architecture, type, findings), cancellationToken);
        return findings;
    }
}
