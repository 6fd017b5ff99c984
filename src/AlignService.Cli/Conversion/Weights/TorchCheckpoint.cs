using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.TorchFiles;

namespace AlignService.Cli.Conversion.Weights;

/// <summary>The weights of a directory as torch.save wrote them: pytorch_model.bin, or the shards that its index lists.</summary>
internal static class TorchCheckpoint
{
    public const string SingleFile = "pytorch_model.bin";
    public const string IndexFile = "pytorch_model.bin.index.json";

    public static bool IsIn(string directory) => File.Exists(Path.Combine(directory, SingleFile)) || File.Exists(Path.Combine(directory, IndexFile));

    /// <summary>The files, in order, with their contents according to the index (null where there is no index).</summary>
    /// <exception cref="CheckpointException">The index is invalid.</exception>
    public static IReadOnlyList<(string Name, IReadOnlyList<string>? Tensors)> Files(string directory)
    {
        if (File.Exists(Path.Combine(directory, SingleFile)))
        {
            return [(SingleFile, null)];
        }

        IReadOnlyDictionary<string, string> map = ShardIndex.Read(Path.Combine(directory, IndexFile), ".bin");
        return map.Count > 0
            ? [.. map.GroupBy(entry => entry.Value, entry => entry.Key).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => (file.Key, (IReadOnlyList<string>?)[.. file]))]
            : throw new CheckpointException($"{IndexFile} lists no tensors.");
    }
}

/// <summary>One file of a checkpoint, and what it holds.</summary>
internal sealed record TorchWeightFile(string Path, IReadOnlyDictionary<string, TorchTensor> Tensors)
{
    /// <summary>Heads that are the tied embedding under another name; safetensors stores such a tensor once.</summary>
    private static readonly string[] HeadNames = ["lm_head.weight", "embed_out.weight"];

    /// <param name="directory">The checkpoint's.</param>
    /// <param name="name">The file's.</param>
    /// <param name="listed">Its contents according to the index; null: there is no index.</param>
    /// <exception cref="CheckpointException">The file is refused or damaged, or holds other tensors.</exception>
    public static TorchWeightFile Describe(string directory, string name, IReadOnlyList<string>? listed)
    {
        string path = System.IO.Path.Combine(directory, name);
        using FileStream stream = File.OpenRead(path);
        var file = new TorchWeightFile(path, TorchFile.Describe(stream));
        string[] wrong = listed is null ? [] :
        [
            .. listed.Except(file.Tensors.Keys).Select(tensor => $"{tensor} is not in {name}, where the index says"),
            .. file.Tensors.Keys.Except(listed).Select(tensor => $"{tensor} is in {name} but not in the index"),
        ];
        return wrong.Length == 0 ? file : throw new CheckpointException($"{TorchCheckpoint.IndexFile} and its shards differ: {string.Join("; ", wrong.Take(20))}.");
    }

    /// <summary>Names of heads that are the same as another tensor of this file.</summary>
    public IEnumerable<string> TiedHeads() => HeadNames.Where(head => Tensors.TryGetValue(head, out TorchTensor? tensor)
        && Tensors.Any(other => other.Key != head && other.Value.Storage == tensor.Storage && other.Value.Dtype == tensor.Dtype && other.Value.Shape.SequenceEqual(tensor.Shape)));
}
