namespace AlignService.HuggingFace.Safetensors;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Dtype">Number format.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after the last.</param>
internal sealed record StoredTensor(string Name, StoredDtype Dtype, IReadOnlyList<long> Shape, long Begin, long End)
{
    internal string Describe() => $"{StoredDtypes.HeaderName(Dtype)} [{string.Join(", ", Shape)}]";
}

/// <summary>Number formats that a safetensors file may hold. Weights are <see cref="Float32"/>, <see cref="BFloat16"/> or <see cref="Float16"/>; the others are known so that they can be refused by name.</summary>
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

/// <summary>Names and sizes of the stored number formats.</summary>
public static class StoredDtypes
{
    private static readonly Dictionary<string, StoredDtype> ByName = new(StringComparer.Ordinal)
    {
        ["F32"] = StoredDtype.Float32,
        ["BF16"] = StoredDtype.BFloat16,
        ["F16"] = StoredDtype.Float16,
        ["F64"] = StoredDtype.Float64,
        ["F8_E4M3"] = StoredDtype.Float8E4M3,
        ["F8_E5M2"] = StoredDtype.Float8E5M2,
        ["BOOL"] = StoredDtype.Boolean,
        ["U8"] = StoredDtype.UInt8,
        ["I8"] = StoredDtype.Int8,
        ["U16"] = StoredDtype.UInt16,
        ["I16"] = StoredDtype.Int16,
        ["U32"] = StoredDtype.UInt32,
        ["I32"] = StoredDtype.Int32,
        ["U64"] = StoredDtype.UInt64,
        ["I64"] = StoredDtype.Int64,
    };

    private static readonly Dictionary<StoredDtype, string> Names = ByName.ToDictionary(pair => pair.Value, pair => pair.Key);

    internal static bool TryParse(string name, out StoredDtype dtype) => ByName.TryGetValue(name, out dtype);

    /// <summary>The name in a safetensors header.</summary>
    internal static string HeaderName(StoredDtype dtype) => Names[dtype];

    /// <summary>The name in config.json (`dtype`, `torch_dtype`).</summary>
    internal static string ConfigName(StoredDtype dtype) => dtype switch
    {
        StoredDtype.Float32 => "float32",
        StoredDtype.BFloat16 => "bfloat16",
        StoredDtype.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Weights are stored as float32, bfloat16 or float16."),
    };

    public static int ByteCount(StoredDtype dtype) => dtype switch
    {
        StoredDtype.Float64 or StoredDtype.Int64 or StoredDtype.UInt64 => 8,
        StoredDtype.Float32 or StoredDtype.Int32 or StoredDtype.UInt32 => 4,
        StoredDtype.Float16 or StoredDtype.BFloat16 or StoredDtype.Int16 or StoredDtype.UInt16 => 2,
        _ => 1,
    };

    internal static bool HoldsWeights(StoredDtype dtype) => dtype is StoredDtype.Float32 or StoredDtype.BFloat16 or StoredDtype.Float16;
}
