namespace AlignService.Specs.Settings;

/// <summary>Number format of saved weights. Trainer state always keeps float32.</summary>
public enum SaveDtype
{
    /// <summary>As the start weights were stored.</summary>
    AsLoaded,

    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16; what rounding loses is reported.</summary>
    BF16,
}
