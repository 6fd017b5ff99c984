using System.Runtime.Intrinsics;
using AlignService.HuggingFace.Architecture;

namespace AlignService.Model.Decoding.Simd;

/// <summary>Row-wise computations. Padded widths are multiples of a panel's, so of a vector's; the padding is zero.</summary>
internal static unsafe class RowKernels
{
    /// <summary>input * weight / sqrt(mean of squares + epsilon).</summary>
    /// <param name="input">[padded width].</param>
    /// <param name="weight">[padded width].</param>
    /// <param name="output">[padded width].</param>
    /// <param name="width">Number of values in the mean.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static void Normalize(float* input, float* weight, float* output, int width, float epsilon)
    {
        int paddedWidth = PanelBlock.Pad(width);
        var squares = Vector256<float>.Zero;
        for (int i = 0; i < paddedWidth; i += Vector256<float>.Count)
        {
            var values = Vector256.Load(input + i);
            squares = Vector256.MultiplyAddEstimate(values, values, squares);
        }

        var factor = Vector256.Create(1 / MathF.Sqrt((Vector256.Sum(squares) / width) + epsilon));
        for (int i = 0; i < paddedWidth; i += Vector256<float>.Count)
        {
            (Vector256.Load(input + i) * factor * Vector256.Load(weight + i)).Store(output + i);
        }
    }

    /// <summary>Rotates the pairs (k, k + half) of a head by the angles of its position, and scales the head.</summary>
    /// <param name="head">[head width], changed in place; elements beyond the pairs are only scaled.</param>
    /// <param name="cos">[half].</param>
    /// <param name="sin">[half].</param>
    /// <param name="half">Pairs.</param>
    public static void Rotate(float* head, float* cos, float* sin, int half)
    {
        int k = 0;
        for (; k <= half - Vector256<float>.Count; k += Vector256<float>.Count)
        {
            var left = Vector256.Load(head + k);
            var right = Vector256.Load(head + half + k);
            var c = Vector256.Load(cos + k);
            var s = Vector256.Load(sin + k);
            ((left * c) - (right * s)).Store(head + k);
            ((right * c) + (left * s)).Store(head + half + k);
        }

        for (; k < half; k++)
        {
            float left = head[k];
            float right = head[half + k];
            head[k] = (left * cos[k]) - (right * sin[k]);
            head[half + k] = (right * cos[k]) + (left * sin[k]);
        }
    }

    /// <summary>Replaces scores by exp(score - largest) and returns their sum. Masked slots hold -infinity and become 0.</summary>
    /// <param name="scores">[count], at least one finite.</param>
    /// <param name="count">A multiple of a panel's width.</param>
    public static float Exponentiate(float* scores, int count)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            largest = Vector256.Max(largest, Vector256.Load(scores + i));
        }

        float top = largest[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            top = MathF.Max(top, largest[lane]);
        }

        var subtrahend = Vector256.Create(top);
        var sum = Vector256<float>.Zero;
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            Vector256<float> weights = Vector256.Exp(Vector256.Load(scores + i) - subtrahend);
            weights.Store(scores + i);
            sum += weights;
        }

        return Vector256.Sum(sum);
    }

    /// <summary>gate * sigmoid(gate) * up of one panel.</summary>
    public static void GatePanel(float* gate, float* up, float* output)
    {
        for (int i = 0; i < PanelBlock.Width; i += Vector256<float>.Count)
        {
            var values = Vector256.Load(gate + i);
            (values / (Vector256<float>.One + Vector256.Exp(-values)) * Vector256.Load(up + i)).Store(output + i);
        }
    }

    /// <summary>output += addend.</summary>
    public static void Add(float* addend, float* output, int count)
    {
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            (Vector256.Load(output + i) + Vector256.Load(addend + i)).Store(output + i);
        }
    }

    public static void Scale(float* input, float factor, float* output, int count)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = input[i] * factor;
        }
    }
}

/// <summary>cos and sin of every position's angles, computed in float64; grows with the longest sequence.</summary>
internal sealed unsafe class RotaryAngles(RopeConfig rope, long? plannedLength) : IDisposable
{
    private readonly double[] _frequencies = rope.Frequencies(plannedLength ?? 1);
    private readonly double _magnitude = rope.Scaling?.Magnitude ?? 1;
    private AlignedBuffer _cos = new(0);
    private AlignedBuffer _sin = new(0);
    private int _positionCount;

    /// <summary>Pairs of a head's elements that are rotated.</summary>
    public int Half => _frequencies.Length;

    public float* Cos(int position) => _cos.Pointer + ((long)position * Half);

    public float* Sin(int position) => _sin.Pointer + ((long)position * Half);

    /// <summary>Makes room for these positions; not while others are reading.</summary>
    public void EnsurePositions(int positionCount)
    {
        if (positionCount <= _positionCount)
        {
            return;
        }

        Dispose();
        _positionCount = Math.Max(256, 2 * positionCount);
        _cos = new AlignedBuffer((long)_positionCount * Half);
        _sin = new AlignedBuffer((long)_positionCount * Half);
        for (int position = 0; position < _positionCount; position++)
        {
            for (int k = 0; k < Half; k++)
            {
                (double sin, double cos) = Math.SinCos(position * _frequencies[k]);
                Cos(position)[k] = (float)(cos * _magnitude);
                Sin(position)[k] = (float)(sin * _magnitude);
            }
        }
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
