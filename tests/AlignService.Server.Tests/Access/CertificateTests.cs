using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace AlignService.Server.Tests.Access;

public sealed class CertificateTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly X509Certificate2 _authority = Authority("Test authority");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Certificate_OfTheAuthority_IsItsSubject()
    {
        await using GuardedServer guarded = await StartAsync();
        using X509Certificate2 client = Issue(_authority, "CN=ada, O=red, OU=submit");
        GetCallerResponse caller = await AskAsync(guarded, client);
        Assert.Equal(("certificates/ada", "projects/red", Role.Submit), (caller.Name, caller.Project, caller.Role));
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthorityOrNone_IsRefused()
    {
        await using GuardedServer guarded = await StartAsync();
        using X509Certificate2 other = Authority("Another"), foreign = Issue(other, "CN=ada, O=red, OU=submit"), late = Issue(_authority, "CN=ada, O=red, OU=submit", days: -1), bare = Issue(_authority, "CN=ada");
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, null))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, foreign))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, late))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, bare))).StatusCode);
    }

    [Fact]
    public async Task ServerCertificate_ThatIsRenewed_ServesTheNextConnection()
    {
        await using GuardedServer guarded = await StartAsync();
        Assert.Equal(1, await SerialAsync(guarded));
        WriteServer(2, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
        Assert.Equal(2, await SerialAsync(guarded));

        // Half of a renewal does not end the service.
        File.WriteAllText(Path.Combine(_folder.Path, "server.pem"), "-----BEGIN");
        Assert.Equal(2, await SerialAsync(guarded));
    }

    /// <summary>A client knows the root alone.</summary>
    [Fact]
    public async Task ServerCertificate_OfAnIntermediate_ComesWithIt()
    {
        await using GuardedServer guarded = await StartAsync();
        using X509Certificate2 between = Intermediate(_authority);
        WriteServer(3, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5), between);
        Assert.Equal(3, await SerialAsync(guarded));
    }

    private async Task<GuardedServer> StartAsync()
    {
        WriteServer(1, TimeProvider.System.GetUtcNow().UtcDateTime);
        string authority = Path.Combine(_folder.Path, "ca.pem");
        await File.WriteAllTextAsync(authority, _authority.ExportCertificatePem(), Cancel);
        return await GuardedServer.StartAsync(Cancel, settings => settings with
        {
            Listen = [.. settings.Listen, "https://127.0.0.1:0"],
            TlsCertificate = Path.Combine(_folder.Path, "server.pem"),
            TlsKey = Path.Combine(_folder.Path, "server.key"),
            ClientCa = authority,
        });
    }

    private static string Secure(GuardedServer guarded) => guarded.Server.Addresses.Single(address => address.StartsWith("https", StringComparison.Ordinal));

    private async Task<GetCallerResponse> AskAsync(GuardedServer guarded, X509Certificate2? client)
    {
        using var handler = new SocketsHttpHandler { SslOptions = Trusting(client) };
        using var channel = GrpcChannel.ForAddress(Secure(guarded), new GrpcChannelOptions { HttpHandler = handler });
        return await new AccessService.AccessServiceClient(channel).GetCallerAsync(new GetCallerRequest(), cancellationToken: Cancel);
    }

    /// <summary>The serial number that the server's certificate has on a new connection over HTTP/1.1, as a browser opens one.</summary>
    private async Task<int> SerialAsync(GuardedServer guarded)
    {
        int serial = 0;
        SslClientAuthenticationOptions options = Trusting(null);
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            serial = certificate!.GetSerialNumber()[0];
            return errors == SslPolicyErrors.None;
        };
        using var handler = new SocketsHttpHandler { SslOptions = options, AllowAutoRedirect = false };
        using var client = new HttpClient(handler);
        Assert.Equal(System.Net.HttpStatusCode.Found, (await client.GetAsync($"{Secure(guarded)}/", Cancel)).StatusCode);
        return serial;
    }

    private SslClientAuthenticationOptions Trusting(X509Certificate2? client) => new()
    {
        ClientCertificates = client is null ? null : [client],
        LocalCertificateSelectionCallback = client is null ? null : (_, _, _, _, _) => client,
        CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _authority }, RevocationMode = X509RevocationMode.NoCheck },
    };

    private void WriteServer(byte serial, DateTime at, X509Certificate2? between = null)
    {
        using X509Certificate2 server = Issue(between ?? _authority, "CN=127.0.0.1", serial: serial, isServer: true);
        string certificate = Path.Combine(_folder.Path, "server.pem"), key = Path.Combine(_folder.Path, "server.key");
        File.WriteAllText(certificate, $"{server.ExportCertificatePem()}\n{between?.ExportCertificatePem()}");
        File.WriteAllText(key, server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetLastWriteTimeUtc(certificate, at);
        File.SetLastWriteTimeUtc(key, at);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-3), TimeProvider.System.GetUtcNow().AddDays(30));
    }

    private static X509Certificate2 Intermediate(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using X509Certificate2 signed = request.Create(authority, TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddDays(20), [9]);
        return signed.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string subject, int days = 1, byte serial = 7, bool isServer = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(isServer ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], false));
        if (isServer)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 signed = request.Create(authority, TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddDays(days), [serial]);
        return signed.CopyWithPrivateKey(key);
    }
}
