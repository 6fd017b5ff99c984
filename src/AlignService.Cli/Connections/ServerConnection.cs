using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlignService.Cli.Output;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace AlignService.Cli.Connections;

/// <summary>A channel to a server that sends the caller's credentials with each call.</summary>
internal sealed class ServerConnection : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What may be on its way before it is read: a download waits for nobody then.</summary>
    private const int WindowBytes = 4 << 20;

    private readonly GrpcChannel _channel;

    /// <exception cref="CommandException">A file of the credentials cannot be read.</exception>
    public ServerConnection(Uri address, ServerCredentials credentials)
    {
        Address = address;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = ConnectTimeout,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                EnableMultipleHttp2Connections = true,
                InitialHttp2StreamWindowSize = WindowBytes,
                SslOptions = credentials.ToTls(),
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            ThrowOperationCanceledOnCancellation = true,
        });
        Calls = _channel.Intercept(credentials.AddTo);
    }

    public Uri Address { get; }

    public CallInvoker Calls { get; }

    public void Dispose() => _channel.Dispose();

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

/// <summary>Who calls. Everything may be absent.</summary>
/// <param name="ApiKey">A key, or a token of the server's issuer.</param>
/// <param name="Project">Where an operator's calls act.</param>
/// <param name="CaFile">PEM file of the authorities that the server's certificate may come from; null: those of this machine.</param>
/// <param name="CertificateFile">PEM file of the client's certificate.</param>
/// <param name="KeyFile">PEM file of its private key; null: in the certificate's file.</param>
internal sealed record ServerCredentials(string? ApiKey = null, string? Project = null, string? CaFile = null, string? CertificateFile = null, string? KeyFile = null)
{
    public static ServerCredentials None { get; } = new();

    /// <summary>To a call's metadata.</summary>
    public Metadata AddTo(Metadata metadata)
    {
        if (ApiKey is not null)
        {
            metadata.Add("authorization", $"Bearer {ApiKey}");
        }

        if (Project is not null)
        {
            metadata.Add("align-project", Project);
        }

        return metadata;
    }

    public SslClientAuthenticationOptions ToTls()
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (CaFile is not null)
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(CaFile);
            }

            if (CertificateFile is not null)
            {
                X509Certificate2 own = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile ?? CertificateFile);
                options.ClientCertificates = [own];
                options.LocalCertificateSelectionCallback = (_, _, _, _, _) => own;
            }
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"The certificates of --ca ({CaFile ?? "none"}) or --certificate ({CertificateFile ?? "none"}) cannot be read: {exception.Message}", exception);
        }

        return options;
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"{Project ?? "default"}";
}
