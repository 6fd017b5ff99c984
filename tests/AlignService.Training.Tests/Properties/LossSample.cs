using AlignService.Specs.PolicyOptimization;
using FsCheck;
using FsCheck.Fluent;

namespace AlignService.Training.Tests.Properties;

/// <summary>A random minibatch and variant of the loss, in float64.</summary>
internal sealed record LossSample(GrpoLossConfig Config, int Seed, int RowCount, int Width, bool OnPolicy)
{
    public static Arbitrary<LossSample> Any { get; } = (
        from objective in Gen.Elements(Objective.Clipped, Objective.Cispo, Objective.Sapo, Objective.Reinforce)
        from level in Gen.Elements(RatioLevel.Token, RatioLevel.Sequence)
        from aggregation in Gen.Elements(Enum.GetValues<Aggregation>())
        from estimator in Gen.Elements(Enum.GetValues<KlEstimator>())
        from correction in Gen.Elements(Enum.GetValues<SamplerCorrection>())
        from kl in Gen.Elements(0, 0.1)
        from entropy in Gen.Elements(0, 0.05)
        from fraction in Gen.Elements<double?>(null, 0.6)
        from sizes in Gen.Choose(1, 6).Two()
        from onPolicy in Gen.Elements(true, false)
        from seed in Gen.Choose(0, 1_000_000)
        select new LossSample(
            new GrpoLossConfig
            {
                Objective = objective,
                RatioLevel = level,
                Aggregation = aggregation,
                KlEstimator = estimator,
                SamplerCorrection = correction,
                KlCoefficient = kl,
                EntropyCoefficient = entropy,
                TopEntropyFraction = fraction,
                MaxCompletionLength = 8,
            }, seed, sizes.Item1, sizes.Item2, onPolicy)).ToArbitrary();

    /// <summary>The sample's numbers; all of one seed are equal.</summary>
    public LossInputs Inputs()
    {
        Random random = new(Seed);
        double[][] Rows(Func<double> next) => [.. Enumerable.Range(0, RowCount).Select(_ => Enumerable.Range(0, Width).Select(_ => next()).ToArray())];
        double[][] logProbs = Rows(() => -3 * random.NextDouble() - 0.05);
        double[][] Near(double by) => [.. logProbs.Select(row => row.Select(value => value + by * (random.NextDouble() - 0.5)).ToArray())];
        return new LossInputs
        {
            LogProbs = logProbs,
            Entropies = Rows(random.NextDouble),
            Old = OnPolicy ? null : Near(0.8),
            Reference = Near(1.5),
            Sampler = Near(0.6),
            Advantages = [.. Enumerable.Range(0, RowCount).Select(_ => 4 * random.NextDouble() - 2)],
            Mask = Rows(random.NextDouble).Select(row => row.Select(value => value > 0.2).ToArray()).ToArray(),
        };
    }
}
