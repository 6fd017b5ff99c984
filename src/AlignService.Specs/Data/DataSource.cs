namespace AlignService.Specs.Data;

/// <summary>Training data from a file or inline.</summary>
internal static class DataSource
{
    /// <param name="limit">Use only the first; 0 is all.</param>
    /// <exception cref="DataException">There is none.</exception>
    public static IReadOnlyList<T> Inline<T>(IReadOnlyList<T> rows, int limit) => rows.Count == 0
        ? throw new DataException("The source has neither a file nor inline data; give one of the two.")
        : limit > 0 ? [.. rows.Take(limit)] : rows;
}
