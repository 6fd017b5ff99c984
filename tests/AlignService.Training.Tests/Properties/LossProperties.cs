using AlignService.Specs.PolicyOptimization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AlignService.Training.Tests.Properties;

/// <summary>What holds for the loss of any minibatch, in every variant.</summary>
public sealed class LossProperties
{
    /// <summary>algorithms.md, section 3: of the gradient's norm, in float64.</summary>
    private const double Tolerance = 1e-9;

    [Fact]
    public void Splitting_into_micro_batches_keeps_loss_and_gradient() => Hold((sample, random) =>
    {
        LossInputs inputs = sample.Inputs();

        AssertSame(inputs.Compute(sample.Config), inputs.Compute(sample.Config, RandomSizes(sample.RowCount, random)), sample);
    });

    [Fact]
    public void Permuting_rows_permutes_the_gradient() => Hold((sample, random) =>
    {
        LossInputs inputs = sample.Inputs();
        int[] order = [.. Enumerable.Range(0, sample.RowCount)];
        random.Shuffle(order);

        (double loss, double[][] gradient, double[][] entropyGradient) = inputs.Compute(sample.Config);

        AssertSame((loss, [.. order.Select(row => gradient[row])], [.. order.Select(row => entropyGradient[row])]), inputs.Rows(order).Compute(sample.Config), sample);
    });

    [Fact]
    public void What_stands_in_the_padding_never_matters() => Hold((sample, random) =>
    {
        LossInputs inputs = sample.Inputs();
        int columns = random.Next(3);
        (double loss, double[][] gradient, double[][] entropyGradient) = inputs.Compute(sample.Config);
        double[][] Padded(double[][] rows) => [.. rows.Select(row => row.Concat(new double[columns]).ToArray())];

        AssertSame((loss, Padded(gradient), Padded(entropyGradient)), inputs.WithOtherPadding(random, columns).Compute(sample.Config), sample);
    });

    [Fact]
    public void A_flat_group_has_no_policy_gradient() => Hold((sample, random) =>
    {
        LossInputs flat = sample.Inputs() with { Advantages = new double[sample.RowCount] };

        (_, double[][] gradient, double[][] entropyGradient) = flat.Compute(sample.Config with { KlCoefficient = 0, EntropyCoefficient = 0 }, RandomSizes(sample.RowCount, random));

        Assert.All(gradient.Concat(entropyGradient).SelectMany(row => row), value => Assert.Equal(0.0, value));
    });

    [Fact]
    public void A_flat_group_among_others_has_no_policy_gradient() => Hold((sample, random) =>
    {
        LossInputs inputs = sample.Inputs();
        int row = random.Next(sample.RowCount);
        inputs.Advantages[row] = 0;

        (_, double[][] gradient, _) = inputs.Compute(sample.Config with { KlCoefficient = 0, EntropyCoefficient = 0 });

        Assert.All(gradient[row], value => Assert.Equal(0.0, value));
    });

    /// <summary>Of one token's ratio; a ratio of the whole row spreads its gradient over the row instead.</summary>
    [Fact]
    public void On_policy_the_clipped_objective_has_the_gradient_of_reinforce() => Hold((sample, random) =>
    {
        LossInputs inputs = sample.Inputs() with { Old = null };
        GrpoLossConfig config = sample.Config with { RatioLevel = RatioLevel.Token };

        double[][] clipped = inputs.Compute(config with { Objective = Objective.Clipped }).Gradient;
        double[][] reinforce = inputs.Compute(config with { Objective = Objective.Reinforce }).Gradient;

        AssertClose(reinforce, clipped, sample);
        AssertClose(reinforce, inputs.Compute(config with { Objective = Objective.Clipped }, RandomSizes(sample.RowCount, random)).Gradient, sample);
        AssertClose(reinforce, inputs.Compute(config with { Objective = Objective.Cispo }).Gradient, sample);
    });

    private static void Hold(Action<LossSample, Random> property) => Prop.ForAll(LossSample.Any, sample => property(sample, new Random(sample.Seed + 1))).Check(Config.QuickThrowOnFailure);

    private static int[] RandomSizes(int rowCount, Random random)
    {
        List<int> sizes = [];
        for (int left = rowCount; left > 0; left -= sizes[^1])
        {
            sizes.Add(random.Next(1, left + 1));
        }

        return [.. sizes];
    }

    private static void AssertSame((double Loss, double[][] Gradient, double[][] EntropyGradient) expected, (double Loss, double[][] Gradient, double[][] EntropyGradient) got, LossSample sample)
    {
        Assert.True(Math.Abs(expected.Loss - got.Loss) <= Tolerance * Math.Max(1, Math.Abs(expected.Loss)), $"{sample}: loss {expected.Loss} became {got.Loss}");
        AssertClose(expected.Gradient, got.Gradient, sample);
        AssertClose(expected.EntropyGradient, got.EntropyGradient, sample);
    }

    private static void AssertClose(double[][] expected, double[][] got, LossSample sample)
    {
        double[] difference = [.. expected.SelectMany(row => row).Zip(got.SelectMany(row => row), (one, other) => one - other)];
        double norm = Norm(expected.SelectMany(row => row));
        Assert.True(Norm(difference) <= Tolerance * Math.Max(norm, 1e-6), $"{sample}: the gradient of norm {norm} is off by {Norm(difference)}");
    }

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}
