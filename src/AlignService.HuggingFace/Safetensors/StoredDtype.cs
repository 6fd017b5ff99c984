namespace AlignService.HuggingFace.Safetensors;

/// <summary>Number formats that a safetensors file may hold. Weights are <see cref="Float32"/>, <see cref="BFloat16"/> or <see cref="Float16"/>; the rest is known so that it can be refused by name.</summary>
public enum StoredDtype
{
    Float32,
    BFloat16,
    Float16,
    Float64,
    Float8E4M3,
    Float8E5M2,
    Boolean,
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    UInt64,
    Int64,
}
