namespace AlignService.Specs.Data.Formats;

/// <summary>Which rows and fields are read.</summary>
/// <param name="Path">A file, a directory or a pattern.</param>
/// <param name="Limit">Only the first rows; 0 is all.</param>
internal sealed record RowQuery(string Path, int Limit)
{
    /// <summary>The fields that are used, by name or path; null is all. Others may be read or not.</summary>
    public IReadOnlyCollection<string>? Fields { get; init; }

    /// <summary>Whether a top-level field is one of them, or holds one.</summary>
    public bool Wants(string field) => Fields is null || Fields.Any(wanted =>
        wanted == field || (wanted.Length > field.Length && wanted[field.Length] == '.' && wanted.StartsWith(field, StringComparison.Ordinal)));
}
