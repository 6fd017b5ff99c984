using System.Diagnostics;
using AlignService.Store.Tests.Databases;
using AlignService.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace AlignService.Store.Tests.Databases;

/// <summary>
/// A private PostgreSQL: the installed programs on a new cluster in a temporary folder, reached through a socket there; or the server that
/// ALIGN_TEST_POSTGRES names. Started by the first test that asks.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string InstallFolder = "/usr/lib/postgresql";

    private readonly SemaphoreSlim _starting = new(1);
    private string? _folder;
    private string? _binaries;
    private string? _connection;

    /// <summary>A connection text with an empty schema of its own; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> NewSchemaAsync(CancellationToken cancellationToken)
    {
        string server = await ConnectionAsync(cancellationToken);
        string schema = $"t_{Guid.NewGuid():N}";
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(server);
        await using NpgsqlCommand command = source.CreateCommand($"CREATE SCHEMA {schema}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(server) { SearchPath = schema }.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is not null)
        {
            await RunAsync("pg_ctl", ["-D", Path.Combine(_folder, "data"), "-m", "immediate", "-w", "stop"], CancellationToken.None);
            Directory.Delete(_folder, recursive: true);
        }

        _starting.Dispose();
    }

    private async Task<string> ConnectionAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            return _connection ??= Environment.GetEnvironmentVariable("ALIGN_TEST_POSTGRES") is { Length: > 0 } given
                ? given
                : await StartAsync(cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        _binaries = Directory.Exists(InstallFolder)
            ? Directory.GetDirectories(InstallFolder).Select(version => Path.Combine(version, "bin")).Where(Directory.Exists).Order().LastOrDefault()
            : null;
        if (_binaries is null)
        {
            Requirement.Missing("postgres", $"no PostgreSQL under {InstallFolder}, and ALIGN_TEST_POSTGRES names no server");
        }

        string folder = Directory.CreateTempSubdirectory("align-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await RunProgramAsync("chown", ["postgres", folder], cancellationToken);
        }

        await RunAsync("initdb", ["-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], cancellationToken);
        string settings = $"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200";
        await RunAsync("pg_ctl", ["-D", $"{folder}/data", "-l", $"{folder}/log", "-o", settings, "-w", "start"], cancellationToken);
        _folder = folder;
        return $"Host={folder};Username=postgres;Database=postgres;Maximum Pool Size=20";
    }

    private Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_binaries!, program);
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
