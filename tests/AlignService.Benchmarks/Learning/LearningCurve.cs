namespace AlignService.Benchmarks.Learning;

/// <summary>One run from its first step to its last.</summary>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Seed">Of the job.</param>
/// <param name="Points">One a step, step 0 first.</param>
/// <param name="PeakBytes">Largest resident size of the run's process.</param>
internal sealed record LearningCurve(string Variant, ulong Seed, IReadOnlyList<LearningPoint> Points, long PeakBytes)
{
    private const int SettledSteps = 20;

    public HeldOutSuccess Before => Points.First(point => point.Success is not null).Success!;

    public HeldOutSuccess After => Points.Last(point => point.Success is not null).Success!;

    /// <summary>Mean of a metric over the steps that have it; null where none has.</summary>
    public double? Mean(string metric) => MeanOf(Points, metric);

    /// <summary>The same over the last steps.</summary>
    public double? Settled(string metric) => MeanOf(Points.Skip(Math.Max(0, Points.Count - SettledSteps)), metric);

    public double Sum(string metric) => Points.Sum(point => point.Metrics.GetValueOrDefault(metric));

    private static double? MeanOf(IEnumerable<LearningPoint> points, string metric)
    {
        double[] values = [.. points.Where(point => point.Metrics.ContainsKey(metric)).Select(point => point.Metrics[metric])];
        return values.Length == 0 ? null : values.Average();
    }
}
