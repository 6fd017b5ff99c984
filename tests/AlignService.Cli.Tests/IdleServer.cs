using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>A server that runs no worker, for the tests of one class: its jobs stay queued.</summary>
public sealed class IdleServer : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync(workers: 0);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
