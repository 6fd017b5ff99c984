using AlignService.Contracts.V1;
using AlignService.Server;
using AlignService.Server.Hosting;
using AlignService.Testing;

namespace AlignService.Client.Tests;

/// <summary>A real server without workers, over SQLite in a folder of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly AlignServer _server;

    private RunningServer(AlignServer server, string folder) => (_server, Folder) = (server, folder);

    /// <summary>Its data root.</summary>
    public string Folder { get; }

    public Uri Address => new(_server.Addresses[0]);

    public static async Task<RunningServer> StartAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("align-client-tests-").FullName;
        HostSettings settings = new() { Listen = ["http://127.0.0.1:0"], Data = folder, Roots = [Repository.Root], Workers = 0, LogFormat = LogFormat.None };
        return new RunningServer(await AlignServer.StartAsync(settings, cancellationToken), folder);
    }

    public static JobSpec Spec => new()
    {
        DisplayName = "test",
        Supervised = new SupervisedJob
        {
            Model = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"),
            Examples = new ExampleSource { Inline = { new Example { Text = "sort ba:", Completion = " a b" } } },
            Training = new TrainingSettings { Steps = 1 },
        },
    };

    public AlignClient Connect(Uri? address = null, Action<ConnectionLost>? lost = null, int attempts = 4) =>
        new(new AlignClientOptions { Address = address ?? Address, Time = new ImpatientTime(), Lost = lost, Attempts = attempts });

    public Task StopAsync() => _server.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
