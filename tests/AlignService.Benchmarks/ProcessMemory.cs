using System.Globalization;

namespace AlignService.Benchmarks;

internal static class ProcessMemory
{
    /// <summary>The kernel's high-water mark of this process's resident memory.</summary>
    public static long PeakBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        string kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }
}
