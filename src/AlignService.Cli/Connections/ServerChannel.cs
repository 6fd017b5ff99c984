using AlignService.Cli.Output;
using Grpc.Core;
using Grpc.Net.Client;

namespace AlignService.Cli.Connections;

/// <summary>A connection to a server.</summary>
internal sealed class ServerChannel(Uri address) : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What may be on its way before it is read: a download waits for nobody then.</summary>
    private const int WindowBytes = 4 << 20;

    public Uri Address { get; } = address;

    public GrpcChannel Grpc { get; } = GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, KeepAlivePingDelay = TimeSpan.FromSeconds(30), EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = WindowBytes },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        ThrowOperationCanceledOnCancellation = true,
    });

    public void Dispose() => Grpc.Dispose();

    /// <exception cref="CommandException">The call failed.</exception>
    public async Task<T> CallAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException exception)
        {
            throw RpcErrors.Translate(exception, Address);
        }
    }
}
