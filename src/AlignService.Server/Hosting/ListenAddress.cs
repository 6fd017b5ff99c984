using System.Net;

namespace AlignService.Server.Hosting;

/// <summary>One place to listen on.</summary>
/// <param name="Address">Null is every interface.</param>
/// <param name="Port">0: the system chooses.</param>
/// <param name="IsTls">Whether connections are secured.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port, bool IsTls)
{
    private const string Form = "it must read http://host:port or https://host:port with an IP address, `localhost` or `*` as the host, for example http://127.0.0.1:5080";

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Address is not null && IPAddress.IsLoopback(Address);

    /// <exception cref="ServerStartException">The text is not such an address.</exception>
    public static ListenAddress Parse(string text)
    {
        // Uri knows no host `*`.
        string parsable = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(parsable, UriKind.Absolute, out Uri? uri) || uri.PathAndQuery != "/")
        {
            throw new ServerStartException($"The listen address \"{text}\" cannot be read; {Form}.");
        }

        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new ServerStartException($"The listen address \"{text}\" asks for {uri.Scheme}; {Form}.");
        }

        bool isTls = uri.Scheme == Uri.UriSchemeHttps;

        if (text.Contains("://*", StringComparison.Ordinal))
        {
            return new ListenAddress(null, uri.Port, isTls);
        }

        if (uri.Host == "localhost")
        {
            return new ListenAddress(IPAddress.Loopback, uri.Port, isTls);
        }

        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address)
            ? new ListenAddress(address, uri.Port, isTls)
            : throw new ServerStartException($"The listen address \"{text}\" names the host {uri.Host}; {Form}.");
    }
}
