using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Settings;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>What models compute in, whatever their files hold.</summary>
public static class ComputeDtype
{
    /// <summary>float32: on CPUs without bfloat16 instructions bfloat16 is a hundred times slower, and small updates vanish in it.</summary>
    public const ScalarType Default = ScalarType.Float32;

    /// <summary>How the model in training is loaded.</summary>
    public static LoadOptions Trained(PolicyDtype dtype, ComputeDevice device) => new()
    {
        Dtype = dtype == PolicyDtype.BF16 ? ScalarType.BFloat16 : Default,
        Device = device.Torch,
    };

    /// <summary>How a frozen model is loaded.</summary>
    public static LoadOptions Frozen(FrozenDtype held, ComputeDevice device) => new()
    {
        Dtype = Default,
        HeldDtype = held == FrozenDtype.BF16 ? ScalarType.BFloat16 : null,
        Device = device.Torch,
        Trainable = false,
    };
}
