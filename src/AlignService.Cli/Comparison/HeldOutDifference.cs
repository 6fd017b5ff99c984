namespace AlignService.Cli.Comparison;

/// <summary>By how much a measure of one evaluation exceeds that of another.</summary>
/// <param name="Value">The difference of the means.</param>
/// <param name="StandardError">
/// As of independent prompts; null where one of the two has none. Evaluations of the same prompts usually rise and fall together, so it is too large rather than too small then.
/// </param>
internal sealed record HeldOutDifference(double Value, double? StandardError)
{
    /// <summary>Null where one of the two has no such measure.</summary>
    public static HeldOutDifference? Between(HeldOutChange? before, HeldOutChange? after) => before is null || after is null
        ? null
        : new HeldOutDifference(after.After - before.After, Math.Sqrt(Math.Pow(before.StandardError ?? double.NaN, 2) + Math.Pow(after.StandardError ?? double.NaN, 2)) is var error && double.IsNaN(error) ? null : error);
}
