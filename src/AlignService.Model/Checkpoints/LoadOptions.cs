using AlignService.HuggingFace.Architecture;
using AlignService.Model.Parameters;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>How a checkpoint is brought into memory.</summary>
public sealed record LoadOptions
{
    /// <summary>Dtype of the parameters and of the computation, whatever the file holds: float32, float64 or bfloat16.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>
    /// What matrices are held in where that is not <see cref="Dtype"/>: bfloat16, of a frozen model that computes in float32, for half the memory. A layer's matrix is widened while the
    /// layer is computed. Numbers are those of the widened model bit for bit; a file in a wider format is rounded. null: <see cref="Dtype"/>.
    /// </summary>
    public ScalarType? HeldDtype { get; init; }

    public Device Device { get; init; } = CPU;

    /// <summary>Whether the parameters take gradients.</summary>
    public bool Trainable { get; init; } = true;

    /// <summary>Memory for a model's parameters. Norms and biases, which are small, are held in what the model computes in.</summary>
    internal ParameterSet Allocate(IReadOnlyList<ParameterSpec> specs) =>
        ParameterSet.Allocate(specs, spec => spec.Kind is ParameterKind.NormWeight or ParameterKind.Bias ? Dtype : HeldDtype ?? Dtype, Device, Trainable);
}
