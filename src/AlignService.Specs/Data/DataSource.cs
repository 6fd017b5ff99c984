namespace AlignService.Specs.Data;

/// <summary>Training data from a file or inline.</summary>
internal static class DataSource
{
    /// <param name="file">Path; null where <paramref name="inline"/> is used.</param>
    /// <param name="inline">The data itself, unchecked.</param>
    /// <param name="limit">Use only the first; 0 is all.</param>
    /// <param name="read">Converts a row of the file and its index.</param>
    /// <exception cref="DataException">There is neither, or the file cannot be used.</exception>
    public static IReadOnlyList<T> Load<T>(string? file, IReadOnlyList<T> inline, int limit, Func<DataRow, int, T> read)
    {
        if (file is not null)
        {
            return DataFile.Read(file, limit, read);
        }

        return inline.Count == 0
            ? throw new DataException("The source has neither a file nor inline data; give one of the two.")
            : limit > 0 ? [.. inline.Take(limit)] : inline;
    }
}
