using AlignService.Jobs.Ports;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Metrics as series of so many points as a reader can use.</summary>
internal static class MetricSampling
{
    private const int DefaultPoints = 500, MostPoints = 10_000;

    /// <summary>Points of all series of a response, which a client takes.</summary>
    private const int MostInAll = 50_000;

    /// <param name="given">Of a request: 0 is the default.</param>
    /// <exception cref="InvalidRequestException">It is negative or too large.</exception>
    public static int ReadPoints(int given) => given switch
    {
        0 => DefaultPoints,
        > 0 and <= MostPoints => given,
        _ => throw new InvalidRequestException("points", $"{given} is not between 1 and {MostPoints}; give a number of points for each series, or 0 for {DefaultPoints}."),
    };

    /// <summary>Series by name. Of several values of a step the last counts: it is that of the last time the step was done.</summary>
    public static IEnumerable<Wire.MetricSeries> Of(IReadOnlyList<MetricValue> values, int points)
    {
        IGrouping<string, MetricValue>[] series = [.. values.GroupBy(value => value.Name).OrderBy(group => group.Key, StringComparer.Ordinal)];
        int perSeries = Math.Max(1, Math.Min(points, MostInAll / Math.Max(1, series.Length)));
        return series.Select(group =>
        {
            MetricValue[] steps = [.. group.GroupBy(value => value.Step).Select(step => step.Last()).OrderBy(value => value.Step)];
            return new Wire.MetricSeries { Metric = group.Key, Points = { Sample(steps, perSeries) } };
        });
    }

    /// <summary>Runs of neighbours of nearly the same size, one point for each.</summary>
    private static IEnumerable<Wire.MetricPoint> Sample(MetricValue[] steps, int points)
    {
        int count = Math.Min(points, steps.Length);
        for (int point = 0; point < count; point++)
        {
            ReadOnlySpan<MetricValue> run = steps.AsSpan()[(int)((long)point * steps.Length / count)..(int)((long)(point + 1) * steps.Length / count)];
            double sum = 0, min = double.PositiveInfinity, max = double.NegativeInfinity;
            foreach (MetricValue value in run)
            {
                (sum, min, max) = (sum + value.Value, Math.Min(min, value.Value), Math.Max(max, value.Value));
            }

            yield return new Wire.MetricPoint { Step = run[^1].Step, Value = sum / run.Length, Min = min, Max = max, Count = run.Length };
        }
    }
}
