using System.Runtime.InteropServices;

namespace AlignService.Store.Checkpoints;

/// <summary>A copy of a directory that shares the disk space of its large files, which nobody writes again once they are published. Small ones, which people edit, are copied.</summary>
internal static class LinkedCopy
{
    private const long SmallestLinked = 1 << 20;

    /// <param name="source">Its files and folders, but not links in it, are copied.</param>
    /// <param name="target">Does not exist yet.</param>
    public static void Make(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (FileInfo file in new DirectoryInfo(source).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            string path = Path.Combine(target, Path.GetRelativePath(source, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below the target
            if (file.Length < SmallestLinked || Link(file.FullName, path) != 0)
            {
                file.CopyTo(path); // another disk, or one that knows no links
            }
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
}
