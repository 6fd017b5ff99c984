namespace AlignService.Training.Losses;

/// <summary>
/// The metrics of a minibatch, gathered from its micro-batches: each contributes its share of every mean (and its maximum), read from the device once.
/// </summary>
public sealed class LossMetrics
{
    /// <summary>Name of each share, in the order of <see cref="GrpoLoss.Shares"/>; the last is a maximum, the others add up.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "policy/loss", "policy/kl", "policy/entropy", "policy/ratio_mean", "policy/clip_low_fraction", "policy/clip_high_fraction", OldKlName,
        "sampler/logprob_difference_mean", "sampler/logprob_difference_max",
    ];

    /// <summary>Mean KL(old || new) of the tokens, for the rule that ends an epoch loop; not a reported metric.</summary>
    internal const string OldKlName = "policy/kl_old";

    private readonly double[] _values = new double[9];

    /// <summary>Adds one micro-batch's shares. NaN means that the metric does not exist for this loss.</summary>
    /// <param name="shares">[9], one value a name.</param>
    public void Add(IReadOnlyList<double> shares)
    {
        for (int i = 0; i < _values.Length - 1; i++)
        {
            _values[i] += shares[i];
        }

        _values[^1] = double.IsNaN(shares[^1]) ? double.NaN : Math.Max(_values[^1], shares[^1]);
    }

    public double Loss => _values[0];

    public double OldKl => _values[6];

    /// <summary>Those that exist, by the names of algorithms.md.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary()
    {
        Dictionary<string, double> metrics = [];
        for (int i = 0; i < _values.Length; i++)
        {
            if (!double.IsNaN(_values[i]) && Names[i] != OldKlName)
            {
                metrics[Names[i]] = _values[i];
            }
        }

        if (metrics.TryGetValue("policy/clip_low_fraction", out double low))
        {
            metrics["policy/clip_fraction"] = low + metrics["policy/clip_high_fraction"];
        }

        return metrics;
    }
}
