using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The processes of this machine as /proc shows them.</summary>
internal static class ProcessTree
{
    /// <summary>The running children of a process whose command line has a word.</summary>
    public static IReadOnlyList<int> ChildrenOf(int processId, string word) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == processId && CommandLineOf(id).Contains(word))];

    /// <summary>Kills the only worker process of a server.</summary>
    public static void KillWorkerOf(RunningServer server)
    {
        using var worker = Process.GetProcessById(Assert.Single(ChildrenOf(server.Process.Id, "worker")));
        worker.Kill();
    }

    public static bool IsRunning(int processId) => ParentOf(processId) is not null;

    /// <summary>Returns when the process is gone; fails where it stays.</summary>
    public static async Task WaitForEndAsync(int processId, CancellationToken cancellationToken)
    {
        using var process = TryFind(processId);
        if (process is not null)
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        }
    }

    private static Process? TryFind(int processId)
    {
        try
        {
            return Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Null where there is no such process, or only its remains that nobody has waited for.</summary>
    private static int? ParentOf(int processId)
    {
        try
        {
            // pid (name) state parent ...; the name may hold anything, so what counts begins after the last ')'.
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string[] CommandLineOf(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
