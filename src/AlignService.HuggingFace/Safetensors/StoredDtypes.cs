namespace AlignService.HuggingFace.Safetensors;

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
