namespace AlignService.Training.Metrics;

/// <summary>Mean and spread of the scored values of a list (NaN is left out).</summary>
internal readonly record struct SampleStatistics(int Count, double Mean, double StandardDeviation, bool Varies)
{
    /// <summary>Of the mean; null for fewer than two values, which have no spread.</summary>
    public double? StandardError => Count < 2 ? null : StandardDeviation / Math.Sqrt(Count);

    /// <summary>Standard deviation with Bessel's correction; 0 for fewer than two values, and exactly 0 for equal ones.</summary>
    public static SampleStatistics Of(IEnumerable<double> values)
    {
        double[] scored = [.. values.Where(value => !double.IsNaN(value))];
        if (scored.Length == 0)
        {
            return new(0, 0, 0, false);
        }

        double mean = scored.Average();

        // Compare values, not deviations: the mean of equal numbers may differ from them in the last bit.
        bool varies = scored.Max() != scored.Min();
        double variance = varies ? scored.Sum(value => (value - mean) * (value - mean)) / (scored.Length - 1) : 0;
        return new(scored.Length, mean, Math.Sqrt(variance), varies);
    }
}
