using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AlignService.Client;

/// <summary>Where a server is, who calls, and how much a client bears.</summary>
public sealed record AlignClientOptions
{
    /// <summary>http://HOST:PORT or https://HOST:PORT.</summary>
    public required Uri Address { get; init; }

    /// <summary>An API key, or a token of the server's issuer; null where the server asks for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Where an operator's calls act; anybody else's act in the key's own project.</summary>
    public string? Project { get; init; }

    /// <summary>PEM file of the authorities that the server's certificate may come from; null: those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the client's certificate.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its private key; null: in the certificate's file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How often a call is made that can be repeated (it reads, or has a request id) while no server answers: 1 to 5.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>How long watches and transfers wait for a server that answered before.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Told whenever a watch or a transfer has lost the server and will try again.</summary>
    public Action<ConnectionLost>? Lost { get; init; }

    /// <summary>Of the pauses between attempts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Without the key.</summary>
    public override string ToString() => $"{Address} ({Project ?? "default"})";

    /// <exception cref="ClientCertificateException">A file cannot be read.</exception>
    internal SslClientAuthenticationOptions ToTls()
    {
        SslClientAuthenticationOptions options = new();
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
            throw new ClientCertificateException(CaFile, CertificateFile, exception);
        }

        return options;
    }
}

/// <summary>A server that answered before does not answer now.</summary>
/// <param name="Address">Of the server.</param>
/// <param name="Pause">Until the next attempt.</param>
public sealed record ConnectionLost(Uri Address, TimeSpan Pause);

/// <summary>The files of certificates cannot be read.</summary>
public sealed class ClientCertificateException(string? caFile, string? certificateFile, Exception inner)
    : Exception($"The certificates of the server's authority ({caFile ?? "none"}) or of the client ({certificateFile ?? "none"}) cannot be read: {inner.Message}", inner);
