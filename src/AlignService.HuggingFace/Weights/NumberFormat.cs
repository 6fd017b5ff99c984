using System.Buffers.Binary;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Weights;

/// <summary>How rows of float32 become bytes of a file.</summary>
internal abstract class NumberFormat
{
    /// <summary>Of one row.</summary>
    internal abstract long ByteCount(int columnCount);

    /// <param name="values">A row.</param>
    /// <param name="target">As long as <see cref="ByteCount"/> says.</param>
    /// <param name="counts">Receives what the format cannot hold.</param>
    internal abstract void Encode(ReadOnlySpan<float> values, Span<byte> target, RoundingCounts counts);

    /// <summary>Writes a whole matrix, one row in memory at a time.</summary>
    internal void Write(WeightRows rows, Stream stream, RoundingCounts counts)
    {
        float[] values = new float[rows.ColumnCount];
        byte[] bytes = new byte[checked((int)ByteCount(rows.ColumnCount))];
        for (long row = 0; row < rows.RowCount; row++)
        {
            rows.Read(row, values);
            Encode(values, bytes, counts);
            stream.Write(bytes);
        }

        Heartbeat.Beat();
    }
}

/// <summary>One number after the other: float32, bfloat16 or float16, rounded to nearest, ties to even.</summary>
internal sealed class PlainFormat(StoredDtype dtype) : NumberFormat
{
    internal override long ByteCount(int columnCount) => (long)columnCount * StoredDtypes.ByteCount(dtype);

    internal override void Encode(ReadOnlySpan<float> values, Span<byte> target, RoundingCounts counts)
    {
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i], written = dtype switch
            {
                StoredDtype.Float32 => WriteSingle(value, target[(4 * i)..]),
                StoredDtype.BFloat16 => WriteBFloat16(value, target[(2 * i)..]),
                _ => WriteHalf(value, target[(2 * i)..]),
            };
            counts.Add(value, written);
        }
    }

    private static float WriteSingle(float value, Span<byte> target)
    {
        BinaryPrimitives.WriteSingleLittleEndian(target, value);
        return value;
    }

    private static float WriteHalf(float value, Span<byte> target)
    {
        var half = (Half)value;
        BinaryPrimitives.WriteHalfLittleEndian(target, half);
        return (float)half;
    }

    private static float WriteBFloat16(float value, Span<byte> target)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (!float.IsNaN(value))
        {
            bits += 0x7FFF + ((bits >> 16) & 1); // half of the last place that stays, and 1 more where it is odd
        }

        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)(bits >> 16));
        return BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
    }
}

/// <summary>What a number format could not hold of one tensor.</summary>
internal sealed class RoundingCounts
{
    /// <summary>Values that were NaN or infinite before.</summary>
    internal long NonFiniteCount { get; private set; }

    /// <summary>Finite values beyond the largest of the format.</summary>
    internal long OverflowCount { get; private set; }

    /// <summary>The largest magnitude of the finite values.</summary>
    internal float Largest { get; private set; }

    internal void Add(float value, float written)
    {
        if (!float.IsFinite(value))
        {
            NonFiniteCount++;
            return;
        }

        Largest = Math.Max(Largest, Math.Abs(value));
        OverflowCount += float.IsFinite(written) ? 0 : 1;
    }
}

/// <summary>Collects what could not be written, of all tensors, for one error.</summary>
internal sealed class RoundingFaults
{
    private const int MostNamed = 20;

    private readonly List<string> _nonFinite = [];
    private readonly List<string> _overflowing = [];

    internal void Add(string tensor, RoundingCounts counts)
    {
        if (counts.NonFiniteCount > 0)
        {
            _nonFinite.Add($"{tensor} ({counts.NonFiniteCount})");
        }

        if (counts.OverflowCount > 0)
        {
            _overflowing.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{tensor} ({counts.OverflowCount}, up to {counts.Largest:0.###e+0})"));
        }
    }

    /// <exception cref="CheckpointException">Something was added.</exception>
    internal void ThrowIfAny(string format)
    {
        if (_nonFinite.Count > 0)
        {
            throw new CheckpointException($"There are non-finite values (NaN or infinity) in {List(_nonFinite)}: the model is broken. Export another checkpoint.");
        }

        if (_overflowing.Count > 0)
        {
            throw new CheckpointException($"Values are too large for {format}, in {List(_overflowing)}: they would become infinite. Export in a format with a wider range: bfloat16 or float32, in GGUF f32.");
        }
    }

    private static string List(List<string> named) => string.Join(", ", named.Take(MostNamed)) + (named.Count > MostNamed ? $" and {named.Count - MostNamed} more" : "");
}
