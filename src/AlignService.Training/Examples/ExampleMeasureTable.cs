namespace AlignService.Training.Examples;

/// <summary>The measures of some examples: each example's sum, and the weight that its mean is taken over.</summary>
/// <param name="weights">[N].</param>
/// <param name="measureCount">M.</param>
internal sealed class ExampleMeasureTable(int[] weights, int measureCount)
{
    private readonly double[,] _sums = new double[measureCount, weights.Length];

    /// <summary>0 counts as 1.</summary>
    public int TotalWeight { get; } = Math.Max(1, weights.Sum());

    /// <param name="examples">Columns.</param>
    /// <param name="values">[M, n], row by row.</param>
    public void Set(int[] examples, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _sums[i / examples.Length, examples[i % examples.Length]] = values[i];
        }
    }

    public double Mean(int measure) => Columns.Sum(example => _sums[measure, example]) / TotalWeight;

    /// <summary>Of the mean, for independent examples; a mean over tokens is a ratio of two sums, and this is its linearized error. Null for a single example, which has no spread.</summary>
    public double? StandardError(int measure)
    {
        if (weights.Length < 2)
        {
            return null;
        }

        double mean = Mean(measure);
        double squares = Columns.Sum(example => Math.Pow(_sums[measure, example] - mean * weights[example], 2));
        return Math.Sqrt(squares * weights.Length / (weights.Length - 1)) / TotalWeight;
    }

    private IEnumerable<int> Columns => Enumerable.Range(0, weights.Length);
}
