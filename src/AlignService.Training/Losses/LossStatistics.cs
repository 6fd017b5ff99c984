using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
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

/// <summary>Measures what one micro-batch contributes to the metrics of its minibatch.</summary>
internal sealed class LossMeasures(MicroBatch micro, MinibatchTotals totals, GrpoLossConfig config)
{
    private readonly int _tokenCount = Math.Max(1, totals.TokenCount);

    /// <summary>Tensors of the loss that its metrics are taken from.</summary>
    /// <param name="Ratio">[B, T] or [B, 1].</param>
    /// <param name="Old">[B, T] log-probs under the old policy.</param>
    /// <param name="Kl">[B, T]; null without a reference.</param>
    /// <param name="Entropy">[B, T]; null where unknown.</param>
    internal readonly record struct Terms(Tensor Ratio, Tensor Old, Tensor? Kl, Tensor? Entropy);

    public LossStatistics Measure(Tensor loss, Terms terms, ITokenObjective objective)
    {
        using var noGrad = no_grad();
        Tensor ratio = terms.Ratio, old = terms.Old;

        // A row ratio is averaged over rows, unless the advantages differ from token to token.
        bool byRow = config.RatioLevel == RatioLevel.Sequence;
        bool clipByRow = byRow && micro.Advantages.shape[1] == 1;
        (Tensor Low, Tensor High)? clipped = objective.Clipped(ratio, micro.Advantages);
        Tensor? difference = micro.SamplerLogProbs is null ? null : where(micro.Mask, (old - micro.SamplerLogProbs).abs(), zeros(1, dtype: old.dtype, device: old.device));

        // Off policy with the KL in the reward, the estimate at the moved policy says nothing that anybody acts on.
        bool reportsKl = !(config.KlPlacement == KlPlacement.Reward && micro.OldLogProbs is not null);
        return new()
        {
            Loss = loss.detach().to(ScalarType.Float64),
            Kl = reportsKl && terms.Kl is { } kl ? TokenMean(kl) : null,
            Entropy = terms.Entropy is null ? null : TokenMean(terms.Entropy),
            RatioMean = byRow ? RowMean(ratio) : TokenMean(ratio),
            ClipLowFraction = clipped is null ? null : clipByRow ? RowMean(clipped.Value.Low) : TokenMean(clipped.Value.Low),
            ClipHighFraction = clipped is null ? null : clipByRow ? RowMean(clipped.Value.High) : TokenMean(clipped.Value.High),
            OldKl = TokenMean(ratio - 1 - ratio.log()),
            SamplerDifferenceMean = difference is null ? null : TokenMean(difference),
            SamplerDifferenceMax = difference?.max().to(ScalarType.Float64),
        };
    }

    private Tensor TokenMean(Tensor values) =>
        (where(micro.Mask, values.to(ScalarType.Float64), zeros(1, dtype: ScalarType.Float64, device: values.device)).sum() / _tokenCount).detach();

    private Tensor RowMean(Tensor values) => (values.sum(ScalarType.Float64) / Math.Max(1, totals.RowCount)).detach();
}
