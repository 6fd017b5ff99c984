using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>What is traded for memory.</summary>
public sealed record MemoryConfig
{
    /// <summary>Keep only the inputs of the trained model's blocks for the backward pass and recompute the rest: less memory, about a third more time, equal gradients.</summary>
    [Setting(Needs = Need.FirstDerivatives, Aliases = "gradient_checkpointing enable_gradient_checkpointing")]
    public bool ActivationCheckpointing { get; init; }

    /// <summary>How the reference and reward models are held.</summary>
    [Setting(Needs = Need.FrozenModel)]
    public FrozenDtype FrozenDtype { get; init; } = FrozenDtype.F32;

    /// <summary>Dtype of the model in training and of its computation; an adapter's own tensors are float32 either way.</summary>
    [Setting(Aliases = "bf16 torch_dtype dtype model_dtype")]
    public PolicyDtype PolicyDtype { get; init; } = PolicyDtype.F32;
}

/// <summary>Dtype of the model in training and of its computation. A critic stays in float32.</summary>
public enum PolicyDtype
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16, with float32 masters that the optimizer updates and files are written from. Meant for GPUs: a CPU without bfloat16 instructions is a hundred times slower.</summary>
    BF16,
}

/// <summary>Dtype of the matrices of frozen models (reference, reward models); they compute in float32 either way.</summary>
public enum FrozenDtype
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16: half the memory. Exact where the file is in bfloat16 itself, rounded otherwise.</summary>
    BF16,
}
