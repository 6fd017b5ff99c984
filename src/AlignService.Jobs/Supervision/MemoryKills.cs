using System.Globalization;

namespace AlignService.Jobs.Supervision;

/// <summary>
/// The system's count of processes that it killed because memory ran out: that of the process's control group, else the kernel's. A worker that was killed while it
/// rose was killed for memory, as far as anyone can tell afterwards.
/// </summary>
internal sealed class MemoryKills
{
    private const string Counter = "oom_kill";

    private readonly IReadOnlyList<Record> _records;

    private MemoryKills(IReadOnlyList<Record> records) => _records = records;

    /// <summary>The counts now, at the start of the process.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="root">Where /proc and /sys are.</param>
    public static MemoryKills Before(int processId, string root = "/") => new(
    [
        .. Files(processId, root)
            .Select(found => (found.File, found.Name, Count: TryRead(found.File)))
            .Where(found => found.Count is not null)
            .Select(found => new Record(found.File, found.Name, found.Count!.Value)), // not null: see above
    ]);

    /// <summary>What the records say about a kill since then; null where they say nothing.</summary>
    public string? Evidence() => _records
        .Where(record => TryRead(record.File) > record.Count)
        .Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Name} counts {TryRead(record.File) - record.Count} more kills for lack of memory than when it started"))
        .FirstOrDefault();

    private static IEnumerable<(string File, string Name)> Files(int processId, string root)
    {
        string groups = Path.Combine(root, "sys/fs/cgroup");
        foreach (string line in TryReadLines(Path.Combine(root, $"proc/{processId}/cgroup")))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            // Version 2 has one hierarchy, version 1 one per controller. In a container the group may be the root of what is mounted.
            string path = parts[2].TrimStart('/');
            if (parts[0] == "0")
            {
                yield return (Path.Combine(groups, path, "memory.events"), $"control group /{path}");
                yield return (Path.Combine(groups, "memory.events"), "the control group");
            }
            else if (parts[1].Split(',').Contains("memory"))
            {
                yield return (Path.Combine(groups, "memory", path, "memory.oom_control"), $"control group /{path}");
                yield return (Path.Combine(groups, "memory", "memory.oom_control"), "the control group");
            }
        }

        yield return (Path.Combine(root, "proc/vmstat"), "the kernel");
    }

    private static long? TryRead(string file)
    {
        foreach (string line in TryReadLines(file))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts is [Counter, { } count] && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                return value;
            }
        }

        return null;
    }

    private static string[] TryReadLines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not for us to read, or gone with its group.
            return [];
        }
    }

    private sealed record Record(string File, string Name, long Count);
}
