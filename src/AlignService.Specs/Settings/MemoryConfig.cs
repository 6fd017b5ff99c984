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
