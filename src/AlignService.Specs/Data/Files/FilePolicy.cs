using AlignService.Specs.Resources;

namespace AlignService.Specs.Data.Files;

/// <summary>Which files jobs may name, and how much of them is read: an operator's decision.</summary>
/// <param name="Roots">Directories; a file must lie below one of them after every symbolic link is resolved.</param>
/// <param name="MaxBytes">Of one source of data, after decompression.</param>
public sealed record FilePolicy(IReadOnlyList<string> Roots, long MaxBytes)
{
    /// <summary>Of one source of data.</summary>
    public const int MaxRows = 10_000_000;

    /// <summary>Of one source of data.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>Of one row.</summary>
    public const int MaxRowBytes = 64 << 20;

    private const int NamedRoots = 5;

    /// <summary>For programs that read the files of their own user.</summary>
    public static FilePolicy Anywhere { get; } = new(["/"], 1L << 40);

    /// <summary>Where datasets/{dataset} is found; null: a program without a server's data root knows none.</summary>
    public DataRoot? Data { get; init; }

    /// <summary>Whether a path without symbolic links lies below a root, whose own links are resolved.</summary>
    internal bool Allows(string realPath) => Roots.Any(root => IsBelow(realPath, FileIdentity.RealPath(root) ?? Path.GetFullPath(root)));

    /// <summary>Whether a path lies below a root by its text, or by the text of the root's target.</summary>
    internal bool AllowsText(string path) => Roots.Any(root => IsBelow(path, Path.GetFullPath(root))) || Allows(path);

    /// <summary>For paths elsewhere, whether they exist or not.</summary>
    internal DataException Outside(string path)
    {
        string roots = string.Join(", ", Roots.Take(NamedRoots).Select(Path.GetFullPath)) + (Roots.Count > NamedRoots ? ", ..." : "");
        return new($"{Shown.Value(path)} is outside the directories that jobs may read ({roots}); move it below one of them, or ask the operator to add its directory (--roots, ALIGN_ROOTS).");
    }

    private static bool IsBelow(string path, string root)
    {
        string directory = Path.TrimEndingDirectorySeparator(root);
        return directory is "" or "/" || path == directory || (path.StartsWith(directory, StringComparison.Ordinal) && path[directory.Length] == '/');
    }
}
