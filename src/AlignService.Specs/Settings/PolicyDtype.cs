namespace AlignService.Specs.Settings;

/// <summary>What the model in training is held in and computes in. A critic beside a policy stays in float32.</summary>
public enum PolicyDtype
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16, with float32 masters that the optimiser moves and files are written from. Meant for GPUs: without bfloat16 instructions a CPU is a hundred times slower in it.</summary>
    BF16,
}
