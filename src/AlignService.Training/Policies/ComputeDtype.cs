using AlignService.Model.Checkpoints;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>What models compute in, whatever their files hold.</summary>
public static class ComputeDtype
{
    /// <summary>float32: on CPUs without bfloat16 instructions bfloat16 is a hundred times slower, and small updates vanish in it.</summary>
    public const ScalarType Default = ScalarType.Float32;

    /// <summary>How a frozen model is loaded.</summary>
    public static LoadOptions Frozen(FrozenDtype held) => new()
    {
        Dtype = Default,
        HeldDtype = held == FrozenDtype.BF16 ? ScalarType.BFloat16 : null,
        Trainable = false,
    };
}
