using AlignService.HuggingFace.Architecture;

namespace AlignService.Model.Decoding.Simd;

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
