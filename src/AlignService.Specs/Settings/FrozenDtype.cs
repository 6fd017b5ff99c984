namespace AlignService.Specs.Settings;

/// <summary>Dtype of the matrices of frozen models (reference, reward models); they compute in float32 either way.</summary>
public enum FrozenDtype
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16: half the memory. Exact where the file is in bfloat16 itself, rounded otherwise.</summary>
    BF16,
}
