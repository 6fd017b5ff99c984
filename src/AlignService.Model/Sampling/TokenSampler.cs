using AlignService.Specs.PolicyOptimization;

namespace AlignService.Model.Sampling;

/// <summary>
/// Chooses the next token of a row: repetition penalty, temperature, top-k (ties kept), top-p, min-p, in this order.
/// A pure function of its inputs, bit for bit; has scratch memory, so each thread needs its own.
/// </summary>
internal sealed class TokenSampler(int vocabularySize)
{
    private readonly float[] _penalized = new float[vocabularySize];
    private readonly SoftmaxWeights _modelWeights = new(vocabularySize);
    private readonly SoftmaxWeights _penalizedWeights = new(vocabularySize);
    private readonly KeptTokens _kept = new(vocabularySize);

    /// <summary>Whether the choice depends on the ids that a row has seen.</summary>
    public static bool NeedsSeenIds(SamplingConfig config) => config.RepetitionPenalty != 1;

    /// <param name="logits">[V] of one row; borrowed, unchanged.</param>
    /// <param name="seenIds">Distinct ids of prompt and completion so far; read only under a repetition penalty.</param>
    /// <param name="config">How to choose.</param>
    /// <param name="uniform">In [0, 1).</param>
    public TokenSample Sample(ReadOnlySpan<float> logits, IReadOnlySet<int>? seenIds, SamplingConfig config, double uniform)
    {
        bool isGreedy = config.Temperature == 0;
        double temperature = isGreedy ? 1 : config.Temperature;

        _modelWeights.Compute(logits, temperature);
        bool isPenalized = NeedsSeenIds(config) && seenIds is { Count: > 0 };
        ReadOnlySpan<float> scores = isPenalized && seenIds is not null ? Penalize(logits, seenIds, config.RepetitionPenalty) : logits;
        if (isGreedy)
        {
            return Describe(logits, ArgMax(scores), 1);
        }

        SoftmaxWeights weights = isPenalized ? _penalizedWeights : _modelWeights;
        if (isPenalized)
        {
            weights.Compute(scores, temperature);
        }

        if (KeptTokens.CutsNothing(config, vocabularySize))
        {
            return Describe(logits, weights.Choose(uniform), 1);
        }

        _kept.Select(scores, weights.Weights, config);
        return Describe(logits, _kept.Choose(uniform), _kept.Total / weights.Total);
    }

    /// <summary>In nats; of the distribution of the last sampled row.</summary>
    internal float LastLogProb(float logit) => _modelWeights.LogProb(logit);

    /// <summary>The probabilities from which the last row's token was drawn, unless greedy.</summary>
    internal IEnumerable<(int TokenId, double Probability)> LastDistribution(SamplingConfig config)
    {
        SoftmaxWeights weights = NeedsSeenIds(config) ? _penalizedWeights : _modelWeights;
        return KeptTokens.CutsNothing(config, vocabularySize)
            ? Enumerable.Range(0, vocabularySize).Select(id => (id, weights.Weights[id] / weights.Total))
            : Enumerable.Range(0, _kept.Ids.Length).Select(i => (_kept.Ids[i], _kept.Weights[i] / _kept.Total));
    }

    private TokenSample Describe(ReadOnlySpan<float> logits, int tokenId, double keptMass) =>
        new(tokenId, _modelWeights.LogProb(logits[tokenId]), (float)Math.Min(1, keptMass), (float)_modelWeights.Entropy);

    private ReadOnlySpan<float> Penalize(ReadOnlySpan<float> logits, IReadOnlySet<int> seenIds, double penalty)
    {
        logits.CopyTo(_penalized);
        foreach (int id in seenIds)
        {
            float logit = logits[id];
            _penalized[id] = (float)(logit > 0 ? logit / penalty : logit * penalty);
        }

        return _penalized;
    }

    /// <summary>The lowest id among ties.</summary>
    private static int ArgMax(ReadOnlySpan<float> scores) => scores.IndexOf(SoftmaxWeights.Largest(scores));
}

/// <summary>A chosen token and facts about the distribution that it came from.</summary>
/// <param name="TokenId">The chosen id.</param>
/// <param name="LogProb">Nats, under softmax(logits / temperature): full support, no penalty, as training computes it. Greedy: at temperature 1.</param>
/// <param name="KeptMass">Mass of the kept tokens before truncation, after penalty and temperature; 1 where nothing was cut, and for greedy.</param>
/// <param name="Entropy">Nats, of the distribution of <paramref name="LogProb"/>.</param>
internal readonly record struct TokenSample(int TokenId, float LogProb, float KeptMass, float Entropy);

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
