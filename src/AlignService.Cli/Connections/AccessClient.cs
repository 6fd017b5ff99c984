using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>A server's access service. Its errors come as <see cref="Output.CommandException"/>s. Owns the connection.</summary>
internal sealed class AccessClient(ServerConnection connection) : IDisposable
{
    private readonly AccessService.AccessServiceClient _service = new(connection.Calls);

    public void Dispose() => connection.Dispose();

    /// <summary>One call.</summary>
    public async Task<T> CallAsync<T>(Func<AccessService.AccessServiceClient, AsyncUnaryCall<T>> call)
    {
        try
        {
            return await call(_service);
        }
        catch (RpcException exception)
        {
            throw RpcErrors.Translate(exception, connection.Address);
        }
    }
}
