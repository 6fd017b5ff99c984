using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Resources;
using AlignService.Store.Access;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Stored = AlignService.Store.Access;

namespace AlignService.Server.Tests.Access;

/// <summary>A server that asks who calls, with two projects.</summary>
internal sealed class GuardedServer : IAsyncDisposable
{
    private GuardedServer(TestServer server) => Server = server;

    public static ProjectId Red { get; } = new("red");

    public static ProjectId Blue { get; } = new("blue");

    public TestServer Server { get; }

    public AccessService.AccessServiceClient Access => new(Server.Channel);

    public static async Task<GuardedServer> StartAsync(CancellationToken cancellationToken, Func<HostSettings, HostSettings>? change = null, Action<WebApplicationBuilder>? configure = null)
    {
        TestServer server = await TestServer.StartAsync(
            settings => (change ?? (same => same))(settings with { Access = AccessMode.Required, OidcIssuer = settings.OidcIssuer ?? "http://127.0.0.1:9" }), configure ?? (static _ => { }), cancellationToken);
        await server.Store.Access.CreateProjectAsync(Red, cancellationToken);
        await server.Store.Access.CreateProjectAsync(Blue, cancellationToken);
        return new GuardedServer(server);
    }

    /// <summary>Metadata with a new key.</summary>
    public async Task<Metadata> KeyAsync(ProjectId? project, Stored.Role role, CancellationToken cancellationToken, TimeSpan? lifetime = null, int requestsPerMinute = 0) =>
        WithKey((await Server.Store.Access.CreateKeyAsync(new NewApiKey(project, "test", role, lifetime, requestsPerMinute), cancellationToken)).Secret.Text);

    public static Metadata WithKey(string key) => new() { { "authorization", $"Bearer {key}" } };

    /// <summary>Queues a job; returns its name.</summary>
    public async Task<string> CreateAsync(Metadata credentials, CancellationToken cancellationToken, string requestId = "") =>
        (await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = SampleSpecs.Shared(Server.Folder), RequestId = requestId }, credentials, cancellationToken: cancellationToken)).Job.Name;

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
