using System.Runtime.InteropServices;

namespace AlignService.Store.Checkpoints;

/// <summary>Flushes files and directory entries to disk.</summary>
internal static class DiskFlush
{
    private const int OpenDirectoryReadOnly = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <summary>Every file and directory below, then the directory itself.</summary>
    public static void Tree(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        foreach (string below in Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories))
        {
            Entry(below);
        }

        Entry(directory);
    }

    /// <summary>The names in a directory. .NET cannot open directories, so this calls the system directly.</summary>
    public static void Entry(string directory)
    {
        int descriptor = Open(directory, OpenDirectoryReadOnly);
        if (descriptor < 0)
        {
            throw Failure("open", directory, Marshal.GetLastPInvokeError());
        }

        int result = Flush(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
        {
            throw Failure("flush", directory, error);
        }
    }

    /// <summary>With the errno as HResult, as .NET's own.</summary>
    private static IOException Failure(string action, string directory, int error) => new($"cannot {action} {directory}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
