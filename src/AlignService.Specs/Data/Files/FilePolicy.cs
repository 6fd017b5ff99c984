using AlignService.Specs.Resources;

namespace AlignService.Specs.Data.Files;

/// <summary>Which files and models jobs may name, and how much of the files is read: an operator's decision.</summary>
/// <param name="Roots">Directories; a file or a model must lie below one of them after every symbolic link is resolved.</param>
/// <param name="MaxBytes">Of one source of data, after decompression.</param>
public sealed record FilePolicy(IReadOnlyList<string> Roots, long MaxBytes)
{
    /// <summary>Of one source of data.</summary>
    public const int MaxRows = 10_000_000;

    /// <summary>Of one source of data, or in the directory of a model.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>Of one row.</summary>
    public const int MaxRowBytes = 64 << 20;

    private const int NamedRoots = 5;

    /// <summary>Directories below the roots that jobs may not name all the same: where projects are kept apart, what belongs to jobs is named by their resource names.</summary>
    public IReadOnlyList<string> Closed { get; init; } = [];

    /// <summary>Directories below closed ones that may be read all the same.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];

    /// <summary>For programs that read the files of their own user.</summary>
    public static FilePolicy Anywhere { get; } = new(["/"], 1L << 40);

    /// <summary>Where models/{model} and datasets/{dataset} are found; null: a program without a server's data root knows none.</summary>
    public DataRoot? Data { get; init; }

    /// <summary>As the jobs of a project may read: names are looked up in the project's own folders, and those are open to it.</summary>
    public FilePolicy Of(ProjectId project) => Data?.Of(project) is { } own ? this with { Data = own, Open = own.Collections } : this;

    /// <summary>The directory of models/{model}; anything else unchanged.</summary>
    public string ModelDirectory(string reference) => Data?.ModelDirectory(reference) ?? reference;

    /// <summary>Whether a path without symbolic links lies below a root, whose own links are resolved.</summary>
    internal bool Allows(string realPath) => Roots.Any(root => IsBelow(realPath, RealPath(root))) && (!Closed.Any(closed => IsBelow(realPath, RealPath(closed))) || Open.Any(open => IsBelow(realPath, RealPath(open))));

    /// <summary>Whether a path lies below a root by its text, or by the text of the root's target.</summary>
    internal bool AllowsText(string path) =>
        (Roots.Any(root => IsBelow(path, Path.GetFullPath(root)))
            && (!Closed.Any(closed => IsBelow(path, Path.GetFullPath(closed))) || Open.Any(open => IsBelow(path, Path.GetFullPath(open))))) || Allows(path);

    /// <summary>For paths elsewhere, whether they exist or not.</summary>
    internal DataException Outside(string path)
    {
        string roots = string.Join(", ", Roots.Take(NamedRoots).Select(Path.GetFullPath)) + (Roots.Count > NamedRoots ? ", ..." : "");
        string link = Roots.Any(root => IsBelow(Path.GetFullPath(path), Path.GetFullPath(root))) ? ", where a symbolic link leads," : "";
        return new($"{Shown.Value(path)}{link} is outside the directories that jobs may read ({roots}); move it below one of them, or ask the operator to add its directory (--roots, ALIGN_ROOTS).");
    }

    private static string RealPath(string directory) => FileIdentity.RealPath(directory) ?? Path.GetFullPath(directory);

    private static bool IsBelow(string path, string root)
    {
        string directory = Path.TrimEndingDirectorySeparator(root);
        return directory is "" or "/" || path == directory || (path.StartsWith(directory, StringComparison.Ordinal) && path[directory.Length] == '/');
    }
}
