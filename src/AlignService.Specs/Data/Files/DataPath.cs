using System.IO.Enumeration;
using AlignService.Specs.Resources;

namespace AlignService.Specs.Data.Files;

/// <summary>The files that a source's path stands for: those of datasets/{dataset}, itself, those of a directory, or those that match a pattern with * and ?; ** is any directories below.</summary>
internal static class DataPath
{
    /// <summary>In ordinal order of their paths, the same on every machine.</summary>
    /// <exception cref="DataException">It is outside the policy's roots, or no file matches, or a directory holds files of several formats.</exception>
    public static IReadOnlyList<string> Resolve(string path, FilePolicy policy, CancellationToken cancellationToken)
    {
        if (StoredName.TryParse(path, StoredName.Datasets, out StoredName dataset))
        {
            return OfDataset(dataset, policy, cancellationToken);
        }

        if (path.IndexOfAny(['*', '?']) >= 0 && !Exists(path, policy))
        {
            return Matching(path, policy, cancellationToken);
        }

        return JobFileReader.IsDirectory(path, policy) ? InDirectory(path, cancellationToken) : [path];
    }

    private static List<string> OfDataset(StoredName dataset, FilePolicy policy, CancellationToken cancellationToken)
    {
        string path = policy.Data?.PathOf(dataset) ?? throw new DataException($"{dataset} is a dataset of a server, and this program has none; name a file.");
        return JobFileReader.IsDirectory(path, policy) ? InDirectory(path, cancellationToken) : Exists(path, policy) ? [path] : throw Missing(dataset);
    }

    private static DataException Missing(StoredName dataset) =>
        new($"{dataset} does not exist; `align datasets list` shows those that do, and `align datasets push` uploads one. For a file beside the job file write ./{dataset}.") { IsMissing = true };

    private static bool Exists(string path, FilePolicy policy)
    {
        try
        {
            JobFileReader.Open(path, policy).Dispose();
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    private static List<string> InDirectory(string directory, CancellationToken cancellationToken)
    {
        List<string> files = Sorted(Files(directory, recursive: false, cancellationToken).Where(file => DataExtension.IsKnown(file) && Path.GetFileName(file)[0] is not ('.' or '_')), directory);
        string[] formats = [.. files.Select(DataExtension.Of).Distinct().Order(StringComparer.Ordinal)];
        return formats.Length switch
        {
            1 => files,
            0 => throw new DataException($"The directory {Shown.Value(directory)} has no data files ({DataExtension.Known}, compressed or not); name a file, or a pattern such as {Shown.Value(directory)}/**/*.parquet."),
            _ => throw new DataException($"The directory {Shown.Value(directory)} has files of several formats ({string.Join(", ", formats)}); name those to read, such as {Shown.Value(directory)}/*{formats[0]}."),
        };
    }

    private static List<string> Matching(string pattern, FilePolicy policy, CancellationToken cancellationToken)
    {
        string[] parts = Path.GetFullPath(pattern).Split('/', StringSplitOptions.RemoveEmptyEntries);
        string[] wild = [.. parts.SkipWhile(part => part.IndexOfAny(['*', '?']) < 0)];
        string root = "/" + string.Join('/', parts.Take(parts.Length - wild.Length));
        if (!JobFileReader.IsDirectory(root, policy))
        {
            throw new DataException($"No file matches {Shown.Value(pattern)}, for there is no directory {Shown.Value(root)}; check the path.") { IsMissing = true };
        }

        bool recursive = wild.Length > 1;
        List<string> files = Sorted(Files(root, recursive, cancellationToken).Where(file => Matches(wild, Path.GetRelativePath(root, file).Split('/'))), pattern);
        return files.Count > 0 ? files : throw new DataException($"No file matches {Shown.Value(pattern)}; check the pattern.") { IsMissing = true };
    }

    private static bool Matches(ReadOnlySpan<string> wild, ReadOnlySpan<string> names)
    {
        if (wild.IsEmpty || names.IsEmpty)
        {
            return wild.IsEmpty && names.IsEmpty;
        }

        return wild[0] == "**"
            ? Matches(wild[1..], names) || Matches(wild, names[1..])
            : FileSystemName.MatchesSimpleExpression(wild[0], names[0], ignoreCase: false) && Matches(wild[1..], names[1..]);
    }

    /// <summary>Does not follow links to directories, which may lead in circles.</summary>
    private static IEnumerable<string> Files(string root, bool recursive, CancellationToken cancellationToken)
    {
        FileSystemEnumerable<string> found = new(
            root,
            (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
            new EnumerationOptions { RecurseSubdirectories = recursive, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        foreach (string file in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    private static List<string> Sorted(IEnumerable<string> files, string path)
    {
        List<string> found = [.. files.Take(FilePolicy.MaxFiles + 1)];
        if (found.Count > FilePolicy.MaxFiles)
        {
            throw new DataException($"{Shown.Value(path)} stands for more than {FilePolicy.MaxFiles} files, which is the most that is read for one source; name fewer.");
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }
}

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
