namespace AlignService.Specs.Settings;

/// <summary>Dtype of the model in training and of its computation. A critic stays in float32.</summary>
public enum PolicyDtype
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16, with float32 masters that the optimizer updates and files are written from. Meant for GPUs: a CPU without bfloat16 instructions is a hundred times slower.</summary>
    BF16,
}
