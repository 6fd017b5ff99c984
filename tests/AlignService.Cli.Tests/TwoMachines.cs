using System.Diagnostics;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Two network namespaces with a cable between them, each with the names of both.</summary>
internal sealed class TwoMachines(string first, string second) : IDisposable
{
    /// <summary>A name is a network interface's too, which has at most 15 characters.</summary>
    private readonly string _prefix = $"alt{Environment.ProcessId}";

    private bool _exist;

    /// <summary>What this machine lacks; null where nothing does.</summary>
    public static string? Missing =>
        Environment.UserName != "root" ? "network namespaces need root."
        : ((string[])["ip", "unshare", "jq", "python3"]).FirstOrDefault(program => !File.Exists($"/usr/bin/{program}") && !File.Exists($"/usr/sbin/{program}")) is { } absent ? $"{absent} is not installed."
        : null;

    public void Create()
    {
        _exist = true;
        foreach (string machine in (string[])[first, second])
        {
            Directory.CreateDirectory(FolderOf(machine));
            File.WriteAllText(Path.Combine(FolderOf(machine), "hosts"), $"127.0.0.1 localhost\n{AddressOf(first)} {first}\n{AddressOf(second)} {second}\n");
            Run($"ip netns add {NameOf(machine)}");
        }

        Run($"ip link add {NameOf(first)} netns {NameOf(first)} type veth peer name {NameOf(second)} netns {NameOf(second)}");
        foreach (string machine in (string[])[first, second])
        {
            Run($"ip -n {NameOf(machine)} addr add {AddressOf(machine)}/30 dev {NameOf(machine)} && ip -n {NameOf(machine)} link set {NameOf(machine)} up && ip -n {NameOf(machine)} link set lo up");
        }
    }

    /// <summary>Runs a script on one of them, with mounts of its own. `align` is on its path.</summary>
    public Process Start(string machine, string script, IReadOnlyDictionary<string, string> environment)
    {
        ProcessStartInfo start = new("ip", ["netns", "exec", NameOf(machine), "unshare", "--mount", "bash", "-euo", "pipefail", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(AlignProgram.Path)}:/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment.Remove("ALIGN_SERVER");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Ends whatever still runs on them.</summary>
    public void Dispose()
    {
        if (!_exist)
        {
            return;
        }

        _exist = false;
        foreach (string machine in (string[])[first, second])
        {
            Run($"ip netns pids {NameOf(machine)} | xargs -r kill -KILL; ip netns del {NameOf(machine)}");
            Directory.Delete(FolderOf(machine), recursive: true);
        }
    }

    /// <summary>Whose files stand for those of /etc there.</summary>
    private string FolderOf(string machine) => Path.Combine("/etc/netns", NameOf(machine));

    private string NameOf(string machine) => $"{_prefix}{(machine == first ? 'a' : 'b')}";

    private string AddressOf(string machine) => machine == first ? "10.213.7.1" : "10.213.7.2";

    private static void Run(string command)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {error}");
    }
}
