using AlignService.HuggingFace.Safetensors;
using static TorchSharp.torch;

namespace AlignService.Model.Safetensors;

/// <summary>Named float32 tensors in one safetensors file, for state that is not a model: an optimizer's moments, master weights.</summary>
public static class TensorFile
{
    /// <summary>Writes a new file; it is flushed to disk when this returns.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        SafetensorsWriter.WriteFile(path, [.. tensors.Select(entry =>
            new PendingTensor(entry.Key, StoredDtype.Float32, entry.Value.shape, stream => StoredTensors.Write(entry.Value, StoredDtype.Float32, stream)))]);

    /// <summary>Copies every tensor of the file into the target tensor of the same name.</summary>
    /// <param name="path">Written by <see cref="Write"/>.</param>
    /// <param name="targets">Of the stored shapes.</param>
    /// <exception cref="CheckpointException">The file is damaged, or its tensors are not those of <paramref name="targets"/>.</exception>
    public static void Read(string path, IReadOnlyDictionary<string, Tensor> targets)
    {
        using var noGrad = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string[] wrong = [.. file.Tensors.Keys.Except(targets.Keys).Concat(targets.Keys.Except(file.Tensors.Keys)).Order(StringComparer.Ordinal)];
        if (wrong.Length > 0)
        {
            throw new CheckpointException($"{path} does not belong to this run: {wrong.Length} tensors are only in one of the two, starting with {wrong[0]}. Resume with the job's own checkpoint.");
        }

        foreach ((string name, StoredTensor stored) in file.Tensors)
        {
            if (!stored.Shape.SequenceEqual(targets[name].shape))
            {
                throw new CheckpointException($"{path}: {name} is [{string.Join(", ", stored.Shape)}], but the run has [{string.Join(", ", targets[name].shape)}]. Resume with the job's own checkpoint.");
            }

            file.ReadInto(stored, targets[name]);
        }
    }
}
