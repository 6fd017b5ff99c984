using AlignService.HuggingFace.Safetensors;

namespace AlignService.Cli.Conversion.Weights;

/// <summary>The weights of a directory as torch.save wrote them: pytorch_model.bin, or the shards that its index lists.</summary>
internal static class TorchCheckpoint
{
    public const string SingleFile = "pytorch_model.bin";
    public const string IndexFile = "pytorch_model.bin.index.json";

    public static bool IsIn(string directory) => File.Exists(Path.Combine(directory, SingleFile)) || File.Exists(Path.Combine(directory, IndexFile));

    /// <summary>The files' names, in order, and the tensors that the index says are in them (none where there is no index).</summary>
    /// <exception cref="CheckpointException">The index is not one.</exception>
    public static IReadOnlyList<(string File, IReadOnlyList<string> Tensors)> Files(string directory)
    {
        if (File.Exists(Path.Combine(directory, SingleFile)))
        {
            return [(SingleFile, [])];
        }

        IReadOnlyDictionary<string, string> map = ShardIndex.Read(Path.Combine(directory, IndexFile), ".bin");
        return map.Count > 0
            ? [.. map.GroupBy(entry => entry.Value, entry => entry.Key).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => (file.Key, (IReadOnlyList<string>)[.. file]))]
            : throw new CheckpointException($"{IndexFile} lists no tensor.");
    }
}
