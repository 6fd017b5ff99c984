using AlignService.Client;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>A server's access service. Owns the client.</summary>
internal sealed class AccessClient(AlignClient client) : IDisposable
{
    private readonly AccessService.AccessServiceClient _service = new(client.Calls);

    public void Dispose() => client.Dispose();

    /// <summary>One call.</summary>
    public Task<T> CallAsync<T>(Func<AccessService.AccessServiceClient, AsyncUnaryCall<T>> call) => client.CallAsync(() => call(_service));
}
