using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Directories;

/// <summary>What a Hugging Face directory says about its model, without loading it.</summary>
public static class HuggingFaceDirectory
{
    /// <summary>The configuration alone, checked as when loading; an adapter's directory gives that of its base. Reads only JSON, no tensors.</summary>
    /// <exception cref="CheckpointException">Something in it is not supported or inconsistent.</exception>
    public static TransformerConfig ReadConfig(string directory) => ModelDescription.Read(AdaptedModel.At(directory).BaseDirectory).Config;

    /// <summary>Whether a directory's weights hold a scalar head, as a reward model's do. Reads headers only.</summary>
    /// <exception cref="CheckpointException">There are no weights, or they are damaged.</exception>
    public static bool HasScoreHead(string directory)
    {
        using SafetensorsDirectory files = SafetensorsDirectory.Open(AdaptedModel.At(directory).BaseDirectory);
        return files.TryGet(ParameterLayout.ScoreHead, out _, out _);
    }

    /// <summary>Some checkpoints name the body's weights without the prefix of the whole model.</summary>
    internal static TransformerConfig WithNamesOf(TransformerConfig config, SafetensorsDirectory files)
    {
        string prefix = config.Names.OptionalPrefix;
        bool prefixed = prefix.Length == 0 || files.Tensors.Any(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal));
        return prefixed ? config : config with { Names = config.Names.WithoutPrefix() };
    }
}
