using System.Globalization;
using System.Text;

namespace AlignService.Testing;

/// <summary>The kernel's counters of this process. Reading them allocates nothing that stays, and next to no garbage.</summary>
internal static class ProcessStatus
{
    /// <param name="field">RssAnon, VmSize, VmPeak, VmHWM, ...</param>
    /// <returns>Bytes.</returns>
    internal static long Read(string field)
    {
        Span<byte> text = stackalloc byte[4096];
        Span<byte> name = stackalloc byte[32];
        name = name[..Encoding.ASCII.GetBytes(field + ":", name)];
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle("/proc/self/status");
        text = text[..RandomAccess.Read(file, text, 0)];
        ReadOnlySpan<byte> value = text[(text.IndexOf(name) + name.Length)..].TrimStart(" \t"u8);
        return 1024 * long.Parse(value[..value.IndexOf((byte)' ')], CultureInfo.InvariantCulture);
    }
}
