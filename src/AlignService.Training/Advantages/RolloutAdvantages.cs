using AlignService.Training.Batches;
using static TorchSharp.torch;

namespace AlignService.Training.Advantages;

/// <summary>The advantages of a step's rollouts: one per completion, or one per token.</summary>
internal sealed record RolloutAdvantages
{
    private RolloutAdvantages(IReadOnlyList<double[]> rows, bool perToken) => (Rows, PerToken) = (rows, perToken);

    /// <summary>[B], each with one value, or with one per completion token.</summary>
    public IReadOnlyList<double[]> Rows { get; }

    public bool PerToken { get; }

    public static RolloutAdvantages OfRows(IEnumerable<double> rows) => new([.. rows.Select(advantage => new[] { advantage })], perToken: false);

    public static RolloutAdvantages OfTokens(IReadOnlyList<double[]> rows) => new(rows, perToken: true);

    /// <summary>Mean over the row's tokens, for display.</summary>
    public double Mean(int row) => Rows[row].Length == 0 ? 0 : Rows[row].Average();

    /// <summary>[b, 1] of the given rows, or [b, T] with 0 after their ends.</summary>
    public Tensor ToTensor(IReadOnlyList<int> rows, int width, ScalarType dtype, Device device) =>
        PaddedRows.Of([.. rows.Select(row => Rows[row])], PerToken ? width : 1, dtype, device);
}
