using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>How a checkpoint is brought into memory.</summary>
public sealed record LoadOptions
{
    /// <summary>Dtype of the parameters and of the computation, whatever the file holds: float32, float64 or bfloat16.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    public Device Device { get; init; } = CPU;

    /// <summary>Whether the parameters take gradients.</summary>
    public bool Trainable { get; init; } = true;
}
