using System.Buffers.Binary;
using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.Weights;

namespace AlignService.HuggingFace.Gguf;

/// <summary>Number formats of tensors in a GGUF file that are written here, by their numbers in the file.</summary>
public enum GgufType
{
    Float32 = 0,
    Float16 = 1,

    /// <summary>Q8_0 in the format: blocks of 32, one scale in float16 and 32 bytes.</summary>
    Q8 = 8,
}

/// <summary>Names and encodings of the types.</summary>
public static class GgufTypes
{
    private static readonly PlainFormat Single = new(StoredDtype.Float32), Half = new(StoredDtype.Float16);
    private static readonly Q8Format Q8 = new();

    /// <summary>The name on the command line.</summary>
    public static string Name(GgufType type) => type switch
    {
        GgufType.Float32 => "f32",
        GgufType.Float16 => "f16",
        _ => "q8_0",
    };

    internal static NumberFormat Format(GgufType type) => type switch
    {
        GgufType.Float32 => Single,
        GgufType.Float16 => Half,
        _ => Q8,
    };

    /// <summary>Whether rows of this width can be stored.</summary>
    internal static bool Holds(GgufType type, int columnCount) => type != GgufType.Q8 || columnCount % Q8Format.BlockSize == 0;

    /// <summary>`general.file_type`: the type of most tensors.</summary>
    internal static uint FileType(GgufType type) => type switch
    {
        GgufType.Float32 => 0,
        GgufType.Float16 => 1,
        _ => 7,
    };
}

/// <summary>Q8_0: per 32 values a scale, which is the largest magnitude divided by 127, and each value divided by it, rounded to the nearest whole number, ties away from zero.</summary>
internal sealed class Q8Format : NumberFormat
{
    internal const int BlockSize = 32;
    private const int ScaleBytes = 2;
    private const float LargestLevel = 127;

    internal override long ByteCount(int columnCount) => (long)columnCount / BlockSize * (ScaleBytes + BlockSize);

    internal override void Encode(ReadOnlySpan<float> values, Span<byte> target, RoundingCounts counts)
    {
        for (int start = 0; start < values.Length; start += BlockSize)
        {
            EncodeBlock(values.Slice(start, BlockSize), target, counts);
            target = target[(ScaleBytes + BlockSize)..];
        }
    }

    private static void EncodeBlock(ReadOnlySpan<float> values, Span<byte> target, RoundingCounts counts)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value)); // NaN stays
        }

        // The levels come from the scale before it is rounded to float16.
        float scale = largest / LargestLevel, inverse = 1 / scale;
        inverse = float.IsFinite(inverse) ? inverse : 0;
        var stored = (Half)scale;
        BinaryPrimitives.WriteHalfLittleEndian(target, stored);
        for (int i = 0; i < values.Length; i++)
        {
            double level = values[i] * inverse; // a double, to which 0.5 can be added exactly
            target[ScaleBytes + i] = unchecked((byte)(int)(level < 0 ? level - 0.5 : level + 0.5));
        }

        counts.Add(values, Half.IsInfinity(stored) ? 0 : float.MaxValue);
    }
}
