using System.Diagnostics;
using Xunit;

namespace AlignService.Testing;

/// <summary>A private PostgreSQL: the installed programs on a new cluster in a temporary folder, reached through a socket there.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string InstallFolder = "/usr/lib/postgresql";

    private readonly string _binaries;
    private readonly string _folder;
    private readonly string _settings;

    private PostgresCluster(string binaries, string folder, bool durable)
    {
        _binaries = binaries;
        _folder = folder;
        _settings = $"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync={(durable ? "on" : "off")} -c max_connections=200";
    }

    /// <summary>Connection text of its superuser.</summary>
    public string Connection => $"Host={_folder};Username=postgres;Database=postgres;Maximum Pool Size=20";

    /// <summary>Skips the test where no PostgreSQL is installed, or fails it where ALIGN_REQUIRE names postgres.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="durable">Whether it waits for the disk at every commit, as one in service does.</param>
    public static async Task<PostgresCluster> StartAsync(CancellationToken cancellationToken, bool durable = false)
    {
        string? binaries = Directory.Exists(InstallFolder)
            ? Directory.GetDirectories(InstallFolder).Select(version => Path.Combine(version, "bin")).Where(Directory.Exists).Order().LastOrDefault()
            : null;
        if (binaries is null)
        {
            Requirement.Missing("postgres", $"no PostgreSQL under {InstallFolder}, and ALIGN_TEST_POSTGRES names no server");
        }

        string folder = Directory.CreateTempSubdirectory("align-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await RunProgramAsync("chown", ["postgres", folder], cancellationToken);
        }

        var cluster = new PostgresCluster(binaries!, folder, durable);
        await cluster.RunAsync("initdb", ["-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], cancellationToken);
        await cluster.StartServerAsync(cancellationToken);
        return cluster;
    }

    /// <summary>Ends it as a crash would, in the middle of whatever it does, and starts it again.</summary>
    public async Task CrashAndRestartAsync(CancellationToken cancellationToken)
    {
        await StopServerAsync(cancellationToken);
        await StartServerAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync(CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private Task StartServerAsync(CancellationToken cancellationToken) => RunAsync("pg_ctl", ["-D", $"{_folder}/data", "-l", $"{_folder}/log", "-o", _settings, "-w", "start"], cancellationToken);

    private Task StopServerAsync(CancellationToken cancellationToken) => RunAsync("pg_ctl", ["-D", $"{_folder}/data", "-m", "immediate", "-w", "stop"], cancellationToken);

    private Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_binaries, program);
        return Environment.IsPrivilegedProcess
            ? RunProgramAsync("runuser", ["-u", "postgres", "--", path, .. arguments], cancellationToken)
            : RunProgramAsync(path, arguments, cancellationToken);
    }

    private static async Task RunProgramAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        // No redirected output: the server that pg_ctl leaves running would hold the pipe open.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >/dev/null 2>&1");
        foreach (string argument in (string[])["sh", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
