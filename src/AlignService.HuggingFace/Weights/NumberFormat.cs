using System.Runtime.InteropServices;
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
    /// <summary>From the next number on, values are rounded to infinity.</summary>
    private static readonly float LargestHalf = MathF.BitDecrement(65520), LargestBFloat16 = BitConverter.UInt32BitsToSingle(0x7F7F7FFF);

    internal override long ByteCount(int columnCount) => (long)columnCount * StoredDtypes.ByteCount(dtype);

    internal override void Encode(ReadOnlySpan<float> values, Span<byte> target, RoundingCounts counts)
    {
        switch (dtype)
        {
            case StoredDtype.Float32:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(target));
                counts.Add(values, float.MaxValue);
                break;
            case StoredDtype.BFloat16:
                EncodeBFloat16(values, MemoryMarshal.Cast<byte, ushort>(target));
                counts.Add(values, LargestBFloat16);
                break;
            default:
                EncodeHalf(values, MemoryMarshal.Cast<byte, Half>(target));
                counts.Add(values, LargestHalf);
                break;
        }
    }

    private static void EncodeHalf(ReadOnlySpan<float> values, Span<Half> target)
    {
        for (int i = 0; i < values.Length; i++)
        {
            target[i] = (Half)values[i];
        }
    }

    private static void EncodeBFloat16(ReadOnlySpan<float> values, Span<ushort> target)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            target[i] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16); // half of the last place that stays, and 1 more where it is odd
        }
    }
}

/// <summary>What a number format could not hold of one tensor.</summary>
internal sealed class RoundingCounts
{
    /// <summary>Values that were NaN or infinite before.</summary>
    internal long NonFiniteCount { get; private set; }

    /// <summary>Finite values beyond the largest of the format.</summary>
    internal long OverflowCount { get; private set; }

    /// <summary>The largest magnitude of those.</summary>
    internal float Largest { get; private set; }

    /// <param name="values">Before they were rounded.</param>
    /// <param name="largest">The largest magnitude that stays finite.</param>
    internal void Add(ReadOnlySpan<float> values, float largest)
    {
        foreach (float value in values)
        {
            if (Math.Abs(value) <= largest)
            {
                continue;
            }

            if (float.IsFinite(value))
            {
                OverflowCount++;
                Largest = Math.Max(Largest, Math.Abs(value));
            }
            else
            {
                NonFiniteCount++;
            }
        }
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
