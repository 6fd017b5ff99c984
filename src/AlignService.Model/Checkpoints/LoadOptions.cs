using AlignService.HuggingFace.Architecture;
using AlignService.Model.Parameters;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>How a checkpoint is loaded into memory.</summary>
public sealed record LoadOptions
{
    /// <summary>Dtype of the parameters and of the computation, whatever the file holds: float32, float64 or bfloat16.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>
    /// Dtype that matrices are held in if not <see cref="Dtype"/>: bfloat16, for a frozen model that computes in float32, at half the memory. A layer's matrix is widened while the
    /// layer is computed. Results are bit-identical to the widened model's; a file in a wider format is rounded. null: <see cref="Dtype"/>.
    /// </summary>
    public ScalarType? HeldDtype { get; init; }

    public Device Device { get; init; } = CPU;

    /// <summary>Whether the parameters have gradients.</summary>
    public bool Trainable { get; init; } = true;

    /// <summary>Allocates a model's parameters. Norms and biases, which are small, are held in the dtype of the computation.</summary>
    internal ParameterSet Allocate(IReadOnlyList<ParameterSpec> specs) =>
        ParameterSet.Allocate(specs, spec => spec.Kind is ParameterKind.NormWeight or ParameterKind.Bias ? Dtype : HeldDtype ?? Dtype, Device, Trainable);
}
