namespace AlignService.Training.Losses;

/// <summary>The metrics of a minibatch, gathered from its micro-batches: each contributes its share of every mean, and its maximum.</summary>
internal sealed class LossMetrics
{
    internal const string LossName = "policy/loss";
    internal const string ClipLowName = "policy/clip_low_fraction";
    internal const string ClipHighName = "policy/clip_high_fraction";
    internal const string SamplerMaxName = "sampler/logprob_difference_max";

    /// <summary>For the rule that ends an epoch loop; not a reported metric.</summary>
    internal const string OldKlName = "policy/kl_old";

    private readonly Dictionary<string, double> _values = [];

    public double Loss => _values.GetValueOrDefault(LossName);

    /// <summary>Mean KL(old || new) of the tokens, in nats.</summary>
    public double OldKl => _values.GetValueOrDefault(OldKlName);

    /// <summary>Adds what <see cref="LossStatistics.Read"/> says of one micro-batch.</summary>
    public void Add(IReadOnlyDictionary<string, double> shares)
    {
        foreach ((string name, double share) in shares)
        {
            double before = _values.GetValueOrDefault(name);
            _values[name] = name == SamplerMaxName ? Math.Max(before, share) : before + share;
        }
    }

    /// <summary>Those that are numbers, by the names of algorithms.md.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary()
    {
        Dictionary<string, double> metrics = _values.Where(entry => !double.IsNaN(entry.Value) && entry.Key != OldKlName).ToDictionary();
        if (metrics.TryGetValue(ClipLowName, out double low) && metrics.TryGetValue(ClipHighName, out double high))
        {
            metrics["policy/clip_fraction"] = low + high;
        }

        return metrics;
    }
}
