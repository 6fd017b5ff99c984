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

    /// <summary>Share of the fraction of ratios held at the lower bound.</summary>
    public Tensor? ClipLowFraction { get; init; }

    /// <summary>Share of the fraction of ratios held at the upper bound.</summary>
    public Tensor? ClipHighFraction { get; init; }

    /// <summary>Share of the mean KL(old || new), in nats, for the rule that ends an epoch loop.</summary>
    public required Tensor OldKl { get; init; }

    /// <summary>Share of the mean difference between the trainer's and the sampler's log-probs, in nats.</summary>
    public Tensor? SamplerDifferenceMean { get; init; }

    /// <summary>The largest such difference of these rows.</summary>
    public Tensor? SamplerDifferenceMax { get; init; }

    /// <summary>By name, read from the device at once.</summary>
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
                (LossMetrics.LossName, Loss), ("policy/kl", Kl), ("policy/entropy", Entropy), ("policy/ratio_mean", RatioMean),
                (LossMetrics.ClipLowName, ClipLowFraction), (LossMetrics.ClipHighName, ClipHighFraction), (LossMetrics.OldKlName, OldKl),
                ("sampler/logprob_difference_mean", SamplerDifferenceMean), (LossMetrics.SamplerMaxName, SamplerDifferenceMax),
            ];
            return all.Where(entry => entry.Value is not null).Select(entry => (entry.Name, entry.Value!));
        }
    }
}
