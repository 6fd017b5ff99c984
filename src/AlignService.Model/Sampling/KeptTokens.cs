using AlignService.Specs.PolicyOptimization;

namespace AlignService.Model.Sampling;

/// <summary>The tokens of one row that top-k, top-p and min-p keep, applied in this order.</summary>
internal sealed class KeptTokens(int vocabularySize)
{
    private readonly int[] _ids = new int[vocabularySize];
    private readonly float[] _weights = new float[vocabularySize];
    private int _count;

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, _count);

    /// <summary>Not normalized; same order as <see cref="Ids"/>.</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, _count);

    /// <summary>Sum of the kept weights.</summary>
    public double Total { get; private set; }

    public static bool CutsNothing(SamplingConfig config, int vocabularySize) =>
        (config.TopK <= 0 || config.TopK >= vocabularySize) && config.TopP >= 1 && config.MinP <= 0;

    public void Select(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, SamplingConfig config)
    {
        float threshold = config.TopK > 0 && config.TopK < logits.Length ? KthLargest(logits, config.TopK) : float.NegativeInfinity;
        KeepFrom(logits, weights, threshold);
        if (config.TopP < 1)
        {
            KeepTopP(config.TopP);
        }

        if (config.MinP > 0)
        {
            KeepMinP(config.MinP);
        }

        Total = Sum(Weights);
    }

    public int Choose(double uniform)
    {
        double target = uniform * Total;
        int chosen = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_weights[i] > 0)
            {
                chosen = i;
                target -= _weights[i];
                if (target < 0)
                {
                    break;
                }
            }
        }

        return _ids[chosen];
    }

    /// <summary>Ties with the k-th largest stay, so logits are compared: weights can underflow to ties.</summary>
    private void KeepFrom(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, float threshold)
    {
        _count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= threshold)
            {
                _ids[_count] = id;
                _weights[_count++] = weights[id];
            }
        }
    }

    private float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        // A heap of the k largest so far, the least on top; _weights is free until KeepFrom.
        Span<float> heap = _weights.AsSpan(0, k);
        logits[..k].CopyTo(heap);
        heap.Sort();
        for (int id = k; id < logits.Length; id++)
        {
            if (logits[id] > heap[0])
            {
                ReplaceLeast(heap, logits[id]);
            }
        }

        return heap[0];
    }

    private static void ReplaceLeast(Span<float> heap, float value)
    {
        int parent = 0;
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
            {
                child++;
            }

            if (child >= heap.Length || heap[child] >= value)
            {
                heap[parent] = value;
                return;
            }

            heap[parent] = heap[child];
            parent = child;
        }
    }

    private void KeepTopP(double topP)
    {
        double total = Sum(Weights);
        KeepWeighing(0.5 * (1 - topP) * total / _count);

        // Likeliest first.
        Span<float> descending = _weights.AsSpan(0, _count);
        descending.Sort(_ids.AsSpan(0, _count), static (left, right) => right.CompareTo(left));

        double mass = 0;
        int kept = 0;
        do
        {
            mass += _weights[kept++];
        }
        while (kept < _count && mass < topP * total);
        _count = kept;
    }

    private void KeepMinP(double minP)
    {
        float largest = SoftmaxWeights.Largest(Weights);
        KeepWeighing(minP * largest);
    }

    private void KeepWeighing(double least)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_weights[i] >= least)
            {
                _ids[kept] = _ids[i];
                _weights[kept++] = _weights[i];
            }
        }

        _count = kept;
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights)
        {
            sum += weight;
        }

        return sum;
    }
}
