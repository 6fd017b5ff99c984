using System.Globalization;

namespace AlignService.Training.Metrics;

/// <summary>What this process has used of the machine's memory.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Largest resident size so far, in bytes; null where the system does not tell.</summary>
    public static long? PeakBytes()
    {
        if (!File.Exists(Status))
        {
            return null;
        }

        string? line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? null : 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
