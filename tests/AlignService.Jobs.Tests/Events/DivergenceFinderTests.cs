using AlignService.Jobs.Events;
using Xunit;

namespace AlignService.Jobs.Tests.Events;

public sealed class DivergenceFinderTests
{
    [Theory]
    [InlineData("reward/mean", true)]
    [InlineData("tokens/generated", true)]
    [InlineData("policy/kl", true)]
    [InlineData("eval/reward", true)]
    [InlineData("time/step", false)]
    [InlineData("memory/peak_bytes", false)]
    [InlineData("tokens/generated_per_second", false)]
    [InlineData("tokens/trained_per_second", false)]
    [InlineData("reward/judge/latency_p95", false)]
    public void Compare_AnotherNumber_IsFoundWhereItMustRepeat(string metric, bool mustRepeat)
    {
        Divergence[] found = [.. DivergenceFinder.Compare(Points((metric, 1)), Points((metric, Math.BitIncrement(1))))];
        Assert.Equal(mustRepeat ? [new Divergence(metric, 1, Math.BitIncrement(1))] : [], found);
    }

    [Fact]
    public void Compare_SameNumbers_FindsNothing() =>
        Assert.Empty(DivergenceFinder.Compare(Points(("a", double.NaN), ("b", 1)), Points(("b", 1), ("a", double.NaN))));

    [Fact]
    public void Compare_AMetricThatIsThereOnlyOnce_IsFound() =>
        Assert.Equal(["a", "b"], DivergenceFinder.Compare(Points(("a", 1)), Points(("b", 1))).Select(divergence => divergence.Metric));

    private static MetricPoints Points(params (string Name, double Value)[] values) => new(values.ToDictionary(pair => pair.Name, pair => pair.Value));
}
