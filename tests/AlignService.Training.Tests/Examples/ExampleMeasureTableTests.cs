using AlignService.Training.Examples;
using Xunit;

namespace AlignService.Training.Tests.Examples;

public sealed class ExampleMeasureTableTests
{
    [Fact]
    public void Mean_OfUnequalWeights_IsTheRatioOfTheSums()
    {
        ExampleMeasureTable table = new([1, 3], measureCount: 2);
        table.Set([1], [6, 9]);
        table.Set([0], [4, 1]);

        Assert.Equal(2.5, table.Mean(0));
        Assert.Equal(2.5, table.Mean(1));
    }

    [Fact]
    public void StandardError_OfEqualWeights_IsThatOfAMean()
    {
        ExampleMeasureTable table = new([1, 1, 1, 1], measureCount: 1);
        table.Set([0, 1, 2, 3], [1, 2, 3, 6]);

        double deviation = Math.Sqrt((4 + 1 + 0 + 9) / 3.0);
        Assert.Equal(deviation / 2, table.StandardError(0)!.Value, 12);
    }

    /// <summary>One value says nothing of a spread: there is no error to report, not an error of 0.</summary>
    [Fact]
    public void StandardError_OfOneExample_IsAbsent() => Assert.Null(new ExampleMeasureTable([3], measureCount: 1).StandardError(0));
}
