using System.Runtime.Intrinsics;

namespace AlignService.Model.Sampling;

/// <summary>
/// exp((logit - largest) / temperature) of one row, with its sums by block. The order of every reduction depends only on the
/// vocabulary, so a row gives the same bits wherever it is in a batch.
/// </summary>
internal sealed class SoftmaxWeights(int vocabularySize)
{
    private const int BlockLength = 512;

    private readonly float[] _weights = new float[vocabularySize];
    private readonly double[] _blockTotals = new double[(vocabularySize + BlockLength - 1) / BlockLength];
    private float _largest;
    private float _inverseTemperature;

    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>Sum of the weights; at least 1, because the largest logit has weight 1.</summary>
    public double Total { get; private set; }

    /// <summary>Entropy of the distribution, in nats.</summary>
    public double Entropy { get; private set; }

    public void Compute(ReadOnlySpan<float> logits, double temperature)
    {
        _largest = Largest(logits);
        _inverseTemperature = (float)(1 / temperature);
        double total = 0;
        double weightedSum = 0;
        for (int block = 0; block < _blockTotals.Length; block++)
        {
            int start = block * BlockLength;
            int length = Math.Min(BlockLength, logits.Length - start);
            (_blockTotals[block], double weighted) = ComputeBlock(logits.Slice(start, length), _weights.AsSpan(start, length));
            total += _blockTotals[block];
            weightedSum += weighted;
        }

        if (!double.IsFinite(total))
        {
            throw new SamplingException("The model's logits are not finite, so no token can be chosen; its weights are damaged or training has diverged.");
        }

        Total = total;
        Entropy = Math.Log(total) - (weightedSum / total);
    }

    public float LogProb(float logit) => (float)(((logit - _largest) * (double)_inverseTemperature) - Math.Log(Total));

    /// <summary>The token whose share of the unit interval, ordered by id, contains the uniform number.</summary>
    public int Choose(double uniform)
    {
        double target = uniform * Total;
        int block = 0;
        while (block < _blockTotals.Length - 1 && target >= _blockTotals[block])
        {
            target -= _blockTotals[block++];
        }

        int end = Math.Min(_weights.Length, (block + 1) * BlockLength);
        int chosen = -1;
        for (int id = block * BlockLength; id < end; id++)
        {
            if (_weights[id] > 0)
            {
                chosen = id;
                target -= _weights[id];
                if (target < 0)
                {
                    break;
                }
            }
        }

        // Rounding can carry the target into a block without weight; the likeliest token has weight 1.
        return chosen >= 0 ? chosen : _weights.AsSpan().IndexOf(1f);
    }

    /// <summary>NaN if any is NaN.</summary>
    public static float Largest(ReadOnlySpan<float> logits)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            largest = Vector256.Max(largest, Vector256.Create(logits[i..]));
        }

        float result = float.NegativeInfinity;
        for (int lane = 0; lane < Vector256<float>.Count; lane++)
        {
            result = MathF.Max(result, largest[lane]);
        }

        for (; i < logits.Length; i++)
        {
            result = MathF.Max(result, logits[i]);
        }

        return result;
    }

    private (double Total, double Weighted) ComputeBlock(ReadOnlySpan<float> logits, Span<float> weights)
    {
        var largest = Vector256.Create(_largest);
        var inverseTemperature = Vector256.Create(_inverseTemperature);
        var total = Vector256<float>.Zero;
        var weighted = Vector256<float>.Zero;
        int i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            // An excluded token (-infinity) weighs 0; the bound keeps 0 times infinity out of the entropy.
            Vector256<float> scaled = Vector256.Max((Vector256.Create(logits[i..]) - largest) * inverseTemperature, Vector256.Create(float.MinValue));
            Vector256<float> weight = Vector256.Exp(scaled);
            weight.CopyTo(weights[i..]);
            total += weight;
            weighted += weight * scaled;
        }

        double totalSum = Vector256.Sum(total);
        double weightedSum = Vector256.Sum(weighted);
        for (; i < logits.Length; i++)
        {
            float scaled = MathF.Max((logits[i] - _largest) * _inverseTemperature, float.MinValue);
            weights[i] = MathF.Exp(scaled);
            totalSum += weights[i];
            weightedSum += weights[i] * scaled;
        }

        return (totalSum, weightedSum);
    }
}
