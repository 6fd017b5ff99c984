using AlignService.Specs.Metrics;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>
/// What one micro-batch contributes to the metrics of its minibatch: scalars in float64 on the loss's device, without gradient. Null is what this loss does not have.
/// </summary>
internal sealed record LossStatistics
{
    /// <summary>Share of the minibatch's loss.</summary>
    public required Tensor Loss { get; init; }

    /// <summary>Share of the mean KL(policy || reference), in nats.</summary>
    public Tensor? Kl { get; init; }

    /// <summary>Share of the mean entropy, in nats.</summary>
    public Tensor? Entropy { get; init; }

    /// <summary>Share of the mean ratio.</summary>
    public required Tensor RatioMean { get; init; }

    /// <summary>Share of the fraction of ratios clipped at the lower bound.</summary>
    public Tensor? ClipLowFraction { get; init; }

    /// <summary>Share of the fraction of ratios clipped at the upper bound.</summary>
    public Tensor? ClipHighFraction { get; init; }

    /// <summary>Share of the mean KL(old || new), in nats, for the rule that ends an epoch loop.</summary>
    public required Tensor OldKl { get; init; }

    /// <summary>Share of the mean difference between the trainer's and the sampler's log-probs, in nats.</summary>
    public Tensor? SamplerDifferenceMean { get; init; }

    /// <summary>The largest such difference of these rows.</summary>
    public Tensor? SamplerDifferenceMax { get; init; }

    /// <summary>By name, read from the device in one transfer.</summary>
    public IReadOnlyDictionary<string, double> Read()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] known = [.. Known];
        double[] values = stack([.. known.Select(entry => entry.Value)]).cpu().data<double>().ToArray();
        return known.Zip(values).ToDictionary(pair => pair.First.Name, pair => pair.Second);
    }

    internal LossStatistics MoveToOuterDisposeScope()
    {
        foreach ((_, Tensor value) in Known)
        {
            value.MoveToOuterDisposeScope();
        }

        return this;
    }

    private IEnumerable<(string Name, Tensor Value)> Known
    {
        get
        {
            (string Name, Tensor? Value)[] all =
            [
                (LossMetrics.LossName, Loss), (MetricNames.PolicyKl, Kl), (MetricNames.PolicyEntropy, Entropy), (MetricNames.PolicyRatioMean, RatioMean),
                (LossMetrics.ClipLowName, ClipLowFraction), (LossMetrics.ClipHighName, ClipHighFraction), (LossMetrics.OldKlName, OldKl),
                (MetricNames.SamplerLogProbDifferenceMean, SamplerDifferenceMean), (LossMetrics.SamplerMaxName, SamplerDifferenceMax),
            ];
            return all.Where(entry => entry.Value is not null).Select(entry => (entry.Name, entry.Value!));
        }
    }
}

/// <summary>The metrics of a minibatch, gathered from its micro-batches: each contributes its share of every mean, and its maximum.</summary>
internal sealed class LossMetrics
{
    internal const string LossName = MetricNames.PolicyLoss;
    internal const string ClipLowName = MetricNames.PolicyClipLowFraction;
    internal const string ClipHighName = MetricNames.PolicyClipHighFraction;
    internal const string SamplerMaxName = MetricNames.SamplerLogProbDifferenceMax;

    /// <summary>For the rule that ends an epoch loop; not a reported metric.</summary>
    internal const string OldKlName = "policy/kl_old";

    private readonly Dictionary<string, double> _values = [];

    public double Loss => _values.GetValueOrDefault(LossName);

    /// <summary>Mean KL(old || new) of the tokens, in nats.</summary>
    public double OldKl => _values.GetValueOrDefault(OldKlName);

    /// <summary>Adds the <see cref="LossStatistics.Read"/> values of one micro-batch.</summary>
    public void Add(IReadOnlyDictionary<string, double> shares)
    {
        foreach ((string name, double share) in shares)
        {
            double before = _values.GetValueOrDefault(name);
            _values[name] = name == SamplerMaxName ? Math.Max(before, share) : before + share;
        }
    }

    /// <summary>Those that are not NaN, by the names of algorithms.md.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary()
    {
        Dictionary<string, double> metrics = _values.Where(entry => !double.IsNaN(entry.Value) && entry.Key != OldKlName).ToDictionary();
        if (metrics.TryGetValue(ClipLowName, out double low) && metrics.TryGetValue(ClipHighName, out double high))
        {
            metrics[MetricNames.PolicyClipFraction] = low + high;
        }

        return metrics;
    }
}
