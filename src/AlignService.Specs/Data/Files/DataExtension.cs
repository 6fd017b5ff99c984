namespace AlignService.Specs.Data.Files;

/// <summary>The extensions of data files, that of a compression apart.</summary>
internal static class DataExtension
{
    private static readonly string[] Formats = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"];
    private static readonly string[] Compressions = [".gz", ".gzip", ".zst", ".zstd"];

    public static string Known => string.Join(", ", Formats);

    public static bool IsKnown(string file) => Formats.Contains(Of(file));

    /// <summary>In lower case, without that of a compression.</summary>
    public static string Of(string file)
    {
        string extension = Lower(Path.GetExtension(file));
        return Compressions.Contains(extension) ? Lower(Path.GetExtension(Path.GetFileNameWithoutExtension(file))) : extension;
    }

#pragma warning disable CA1308 // extensions are written in lower case
    private static string Lower(string extension) => extension.ToLowerInvariant();
#pragma warning restore CA1308
}
