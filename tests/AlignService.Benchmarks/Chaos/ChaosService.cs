using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AlignService.Contracts.V1;
using AlignService.Testing;
using Grpc.Core;
using Grpc.Net.Client;

namespace AlignService.Benchmarks.Chaos;

/// <summary>The program as it is deployed, in processes that can be killed: a server with one worker, over SQLite or a PostgreSQL that can be killed as well.</summary>
internal sealed class ChaosService : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(Repository.Root, "src", "AlignService.Cli", "bin", "Release", "net10.0", "linux-x64", "align");
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _data = Directory.CreateTempSubdirectory("align-chaos-").FullName;
    private readonly int _port = FreePort();
    private readonly PostgresCluster? _database;
    private Process _server;

    private ChaosService(PostgresCluster? database)
    {
        _database = database;
        _server = StartServer();
        Channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
        Jobs = new JobService.JobServiceClient(Channel);
    }

    public GrpcChannel Channel { get; }

    public JobService.JobServiceClient Jobs { get; }

    public static async Task<ChaosService> StartAsync(bool postgres, CancellationToken cancellationToken)
    {
        var service = new ChaosService(postgres ? await PostgresCluster.StartAsync(cancellationToken, durable: true) : null);
        await service.UntilItAnswersAsync(cancellationToken);
        return service;
    }

    /// <summary>Kills a part of it, and starts again what does not come back by itself.</summary>
    /// <returns>False where there was nothing to kill.</returns>
    public async Task<bool> KillAsync(string part, CancellationToken cancellationToken)
    {
        switch (part)
        {
            case "worker":
                return KillWorker();
            case "postgres" when _database is not null:
                await _database.CrashAndRestartAsync(cancellationToken);
                return true;
            case "server":
                _server.Kill();
                await _server.WaitForExitAsync(cancellationToken);
                _server.Dispose();
                _server = StartServer();
                await UntilItAnswersAsync(cancellationToken);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Asks until there is an answer: the server or its database may be away.</summary>
    public static async Task<T> AskAsync<T>(Func<AsyncUnaryCall<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown)
            {
#pragma warning disable RS0030 // what is away says nothing when it comes back
                await Task.Delay(Pause, cancellationToken);
#pragma warning restore RS0030
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        _server.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    private Process StartServer()
    {
        ProcessStartInfo start = new(Program, ["serve", "--listen", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"), "--data", _data, "--roots", "/", "--workers", "1", "--lease-seconds", "5", "--log-format", "none"]);
        if (_database is not null)
        {
            start.Environment["ALIGN_STORE"] = _database.Connection;
        }

        return Process.Start(start)!; // a program of this build
    }

    private async Task UntilItAnswersAsync(CancellationToken cancellationToken) => await AskAsync(() => Jobs.ListJobsAsync(new ListJobsRequest { PageSize = 1 }, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>The server's child that trains a job.</summary>
    private bool KillWorker()
    {
        foreach (string folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                string[] arguments = File.ReadAllText($"{folder}/cmdline").Split('\0');
                if (arguments.Contains("--job") && arguments.Contains("worker") && File.ReadAllText($"{folder}/environ").Contains(_data, StringComparison.Ordinal))
                {
                    Process.GetProcessById(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Kill();
                    return true;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile, or is somebody else's.
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
