using System.Runtime.InteropServices;

namespace AlignService.Store.Resources;

/// <summary>
/// Each uploaded file once, whatever datasets have it: <c>.content/SHA-256</c> is another name of the same bytes (a hard link), so that nothing counts references, and nothing dangles.
/// Where the file system has no such links, files are stored as often as they are uploaded.
/// </summary>
internal sealed class SharedContent(string collection)
{
    private readonly string _folder = Path.Combine(collection, ".content");

    /// <summary>Gives a new place to a file that is known; does nothing where it is not.</summary>
    public void Take(StoredFile file, string place)
    {
        FileInfo known = new(PathOf(file));
        if (known.Exists && known.Length == file.Bytes)
        {
            TryLink(known.FullName, place);
        }
    }

    /// <summary>Makes a file known, or replaces it by the one that is.</summary>
    public void Share(StoredFile file, string place)
    {
        Directory.CreateDirectory(_folder);
        string known = PathOf(file), twin = place + ".twin";
        if (!TryLink(place, known) && TryLink(known, twin))
        {
            File.Move(twin, place, overwrite: true);
        }
    }

    /// <summary>Forgets what nothing has any more.</summary>
    /// <param name="used">Checksums of every file of a dataset or an upload.</param>
    public void Sweep(IReadOnlySet<string> used)
    {
        // An upload that takes the file at this very moment keeps it: the bytes go with their last name.
        foreach (string known in Directory.Exists(_folder) ? Directory.GetFiles(_folder).Where(known => !used.Contains(Path.GetFileName(known))) : [])
        {
            File.Delete(known);
        }
    }

    private string PathOf(StoredFile file) => Path.Combine(_folder, file.Sha256);

    /// <summary>False where the new name is taken, the target has gone, or the file system has no links.</summary>
    private static bool TryLink(string target, string name) => Link(target, name) == 0;

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
