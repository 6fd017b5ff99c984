using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Safetensors;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>The weights of a checkpoint directory, one tensor at a time.</summary>
public sealed class CheckpointWeights : IDisposable
{
    private readonly SafetensorsDirectory _files;

    private CheckpointWeights(SafetensorsDirectory files) => _files = files;

    /// <exception cref="CheckpointException">There are no weights, or they are damaged.</exception>
    public static CheckpointWeights Open(string directory) => new(SafetensorsDirectory.Open(directory));

    /// <summary>The stored values as a new tensor of the given one's shape, dtype and device; null where the checkpoint has no such tensor.</summary>
    public Tensor? ReadLike(string name, Tensor tensor)
    {
        if (!_files.TryGet(name, out SafetensorsFile file, out StoredTensor stored) || !stored.Shape.SequenceEqual(tensor.shape))
        {
            return null;
        }

        using var noGrad = no_grad();
        Tensor values = empty_like(tensor, requires_grad: false);
        file.ReadInto(stored, values);
        return values;
    }

    public void Dispose() => _files.Dispose();
}
