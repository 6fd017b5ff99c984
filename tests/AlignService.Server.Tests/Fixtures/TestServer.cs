using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Store;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A real server on a port that the system chose, with a real SQLite store in its own data root.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly AlignServer _server;
    private readonly GrpcChannel _channel;

    private TestServer(AlignServer server, TestFolder folder)
    {
        _server = server;
        Folder = folder;
        _channel = GrpcChannel.ForAddress(Address);
        Jobs = new JobService.JobServiceClient(_channel);
        Models = new ModelService.ModelServiceClient(_channel);
        Datasets = new DatasetService.DatasetServiceClient(_channel);
    }

    public TestFolder Folder { get; }

    public string Address => _server.Addresses[0];

    public IReadOnlyList<string> Addresses => _server.Addresses;

    public GrpcChannel Channel => _channel;

    public JobService.JobServiceClient Jobs { get; }

    public ModelService.ModelServiceClient Models { get; }

    public DatasetService.DatasetServiceClient Datasets { get; }

    public IServiceProvider Services => _server.Services;

    public JobStore Store => _server.Services.GetRequiredService<JobStore>();

    public static Task<TestServer> StartAsync(CancellationToken cancellationToken) => StartAsync(options => options, cancellationToken);

    public static Task<TestServer> StartAsync(Func<HostSettings, HostSettings> change, CancellationToken cancellationToken) =>
        StartAsync(change, static _ => { }, cancellationToken);

    public static async Task<TestServer> StartAsync(
        Func<HostSettings, HostSettings> change, Action<WebApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        var folder = new TestFolder();
        var options = new HostSettings { Listen = ["http://127.0.0.1:0"], Data = folder.Path, Workers = 0, LogFormat = LogFormat.None };
        return new TestServer(await AlignServer.StartAsync(change(options), configure, cancellationToken), folder);
    }

    /// <summary>Queues a valid job; returns its name.</summary>
    public async Task<string> CreateAsync(CancellationToken cancellationToken) =>
        (await Jobs.CreateJobAsync(new CreateJobRequest { Spec = SampleSpecs.Valid(Folder) }, cancellationToken: cancellationToken)).Job.Name;

    public Task StopAsync() => _server.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
        Folder.Dispose();
    }
}
