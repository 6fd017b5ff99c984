using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace AlignService.Client;

/// <summary>A server of AlignService. May be used by several threads; errors come as <see cref="AlignCallException"/>s, a cancelled call as an <see cref="OperationCanceledException"/>.</summary>
public sealed class AlignClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What may be on its way before it is read: a download waits for nobody then.</summary>
    private const int WindowBytes = 4 << 20;

    private readonly GrpcChannel _channel;

    /// <summary>Connects with the first call.</summary>
    /// <exception cref="ClientCertificateException">A file of the credentials cannot be read.</exception>
    public AlignClient(AlignClientOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Attempts, 5);
        Options = options;
        _channel = GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = ConnectTimeout,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                EnableMultipleHttp2Connections = true,
                InitialHttp2StreamWindowSize = WindowBytes,
                SslOptions = options.ToTls(),
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            ThrowOperationCanceledOnCancellation = true,
            ServiceConfig = options.Attempts > 1 ? RepeatableCalls.Config(options.Attempts) : null,
        });
        Calls = _channel.Intercept(AddCredentials);
        Jobs = new JobClient(this);
        Models = new ModelClient(this);
        Datasets = new DatasetClient(this);
    }

    public AlignClientOptions Options { get; }

    public Uri Address => Options.Address;

    public JobClient Jobs { get; }

    public ModelClient Models { get; }

    public DatasetClient Datasets { get; }

    /// <summary>For the generated clients of every service, with the caller's credentials.</summary>
    public CallInvoker Calls { get; }

    public void Dispose() => _channel.Dispose();

    /// <summary>One call of a generated client.</summary>
    /// <exception cref="AlignCallException">It failed.</exception>
    public async Task<T> CallAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException exception)
        {
            throw new AlignCallException(Address, exception);
        }
    }

    /// <summary>Moves the stream of a generated client's call on: true where there is a message.</summary>
    /// <exception cref="AlignCallException">The call failed.</exception>
    public Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken) => StreamAsync(() => stream.MoveNext(cancellationToken), cancellationToken);

    /// <summary>Reads from or writes to a stream.</summary>
    internal async Task<T> StreamAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (RpcException exception)
        {
            throw new AlignCallException(Address, exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // gRPC says so of a stream whose connection was refused, because the channel is told to throw this for cancelled calls.
            throw new AlignCallException(Address, new RpcException(new Status(StatusCode.Unavailable, "the connection was refused", exception)));
        }
    }

    private Metadata AddCredentials(Metadata metadata)
    {
        if (Options.ApiKey is { } key)
        {
            metadata.Add("authorization", $"Bearer {key}");
        }

        if (Options.Project is { } project)
        {
            metadata.Add("align-project", project);
        }

        return metadata;
    }
}
