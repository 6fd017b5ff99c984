using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Specs.Data.Files;

/// <summary>
/// The file that a path leads to, held without being opened for reading: that neither blocks at a FIFO nor wakes a device, and what is then checked and opened is this very file,
/// whatever the path leads to by then. .NET has no such handle, so this calls the system directly.
/// </summary>
internal sealed class FileIdentity : IDisposable
{
    private const int OpenPathOnly = 0x200000 | 0x80000; // O_PATH | O_CLOEXEC
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint TypeAndSize = 0x1 | 0x200; // STATX_TYPE | STATX_SIZE
    private const int KindMask = 0xF000, RegularKind = 0x8000, DirectoryKind = 0x4000; // S_IFMT, S_IFREG, S_IFDIR
    private const int NoSuchFile = 2, NotADirectory = 20; // ENOENT, ENOTDIR

    private readonly SafeFileHandle _handle;
    private readonly Status _status;

    private FileIdentity(SafeFileHandle handle, Status status) => (_handle, _status) = (handle, status);

    public bool IsRegular => (_status.Mode & KindMask) == RegularKind;

    public bool IsDirectory => (_status.Mode & KindMask) == DirectoryKind;

    /// <summary>What it is, for messages.</summary>
    public string Kind => (_status.Mode & KindMask) switch
    {
        RegularKind => "a file",
        DirectoryKind => "a directory",
        0x1000 => "a named pipe",
        0x2000 or 0x6000 => "a device",
        0xC000 => "a socket",
        _ => "not a file",
    };

    /// <summary>In bytes.</summary>
    public long Length => (long)_status.Size;

    /// <summary>Its path without symbolic links.</summary>
    public string Path => File.ResolveLinkTarget(Descriptor, returnFinalTarget: false)!.FullName; // every descriptor is a link

    private string Descriptor => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">The system does not lead there, for lack of permission or else.</exception>
    public static FileIdentity Of(string path)
    {
        int descriptor = Open(path, OpenPathOnly);
        if (descriptor < 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Read(descriptor, "", EmptyPath, TypeAndSize, out Status status) == 0)
        {
            return new(handle, status);
        }

        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw Failed(error);
    }

    /// <summary>A path without its symbolic links; null where it leads nowhere.</summary>
    public static string? RealPath(string path)
    {
        try
        {
            using FileIdentity identity = Of(path);
            return identity.Path;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Opens this file, and no other that has taken its name.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The process may not read it.</exception>
    public SafeFileHandle OpenToRead() => File.OpenHandle(Descriptor, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public void Dispose() => _handle.Dispose();

    private static IOException Failed(int error) => error is NoSuchFile or NotADirectory ? new FileNotFoundException() : new IOException(Marshal.GetPInvokeErrorMessage(error));

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Read(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint wanted, out Status status);

    /// <summary>struct statx, which is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;
    }
}
