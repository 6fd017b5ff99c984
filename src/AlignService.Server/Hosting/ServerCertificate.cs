using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AlignService.Server.Hosting;

/// <summary>The certificate of https addresses. Its files are read again when they change, so that a renewed one serves the next connection.</summary>
internal sealed class ServerCertificate
{
    private readonly string _certificate;
    private readonly string? _key;
    private readonly bool _asksClients;
    private readonly Lock _gate = new();
    private (DateTime Certificate, DateTime Key) _readAt;
    private SslStreamCertificateContext _current;

    private ServerCertificate(string certificate, string? key, bool asksClients)
    {
        (_certificate, _key, _asksClients) = (certificate, key, asksClients);
        _readAt = WrittenAt();
        _current = Read();
    }

    /// <exception cref="ServerStartException">There is none, or it cannot be read.</exception>
    public static ServerCertificate Of(HostSettings settings)
    {
        if (settings.TlsCertificate is not { Length: > 0 } certificate)
        {
            throw new ServerStartException("An https address takes a certificate; give --tls-certificate and --tls-key, or listen on http.");
        }

        try
        {
            return new ServerCertificate(certificate, settings.TlsKey, settings.ClientCa is not null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ServerStartException($"The certificate {certificate} (--tls-certificate, --tls-key) cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Asked for each connection.</summary>
    public TlsHandshakeCallbackOptions ToTls() => new() { OnConnection = _ => ValueTask.FromResult(Options()) };

    /// <summary>A client's certificate is judged by the access scheme, which answers with a status instead of closing the connection.</summary>
    [SuppressMessage("Security", "CA5359:Do not disable certificate validation", Justification = "AccessSchemes validates it against --client-ca.")]
    private SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = Current(),
        ClientCertificateRequired = _asksClients,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
    };

    private SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            (DateTime, DateTime) written = WrittenAt();
            if (written != _readAt)
            {
                try
                {
                    _current = Read(); // the one before may still be in use, and is left to the collector
                    _readAt = written;
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
                {
                    // Half of a renewal: the one before serves until both files fit.
                }
            }

            return _current;
        }
    }

    /// <summary>With the certificates between it and its root, which clients need and do not have.</summary>
    private SslStreamCertificateContext Read()
    {
        X509Certificate2Collection file = [];
        file.ImportFromPemFile(_certificate);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_certificate, _key ?? _certificate), file, offline: true);
    }

    private (DateTime Certificate, DateTime Key) WrittenAt() => (File.GetLastWriteTimeUtc(_certificate), File.GetLastWriteTimeUtc(_key ?? _certificate));
}
