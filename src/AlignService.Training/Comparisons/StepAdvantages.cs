using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Comparisons;

/// <summary>The advantages of a step's rows: one for the whole completion, or one a token.</summary>
public sealed record StepAdvantages
{
    private StepAdvantages(IReadOnlyList<double[]> rows, bool perToken) => (Rows, PerToken) = (rows, perToken);

    /// <summary>[B], each with one value, or with one a completion token.</summary>
    public IReadOnlyList<double[]> Rows { get; }

    public bool PerToken { get; }

    public static StepAdvantages OfRows(IEnumerable<double> rows) => new([.. rows.Select(advantage => new[] { advantage })], perToken: false);

    public static StepAdvantages OfTokens(IReadOnlyList<double[]> rows) => new(rows, perToken: true);

    /// <summary>Mean over the row's tokens, for people to look at.</summary>
    public double Mean(int row) => Rows[row].Length == 0 ? 0 : Rows[row].Average();

    /// <summary>[b, 1] of the given rows, or [b, T] with 0 behind their ends.</summary>
    public Tensor ToTensor(IReadOnlyList<int> rows, int width, ScalarType dtype, Device device) =>
        PaddedRows.Of([.. rows.Select(row => Rows[row])], PerToken ? width : 1, dtype, device);
}
