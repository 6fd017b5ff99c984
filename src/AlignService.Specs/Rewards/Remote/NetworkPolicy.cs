using System.Net;
using System.Net.Sockets;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// Where rewards may connect to: an operator's decision. Closed by default is what no scorer needs and an attacker wants: link-local addresses, behind which clouds keep the
/// credentials of a machine. What a name stands for is checked when a connection is made, not before.
/// </summary>
/// <param name="Open">Networks that are open although they are closed by default.</param>
public sealed record NetworkPolicy(IReadOnlyList<IPNetwork> Open)
{
    private static readonly IPNetwork[] Closed =
    [
        .. new[] { "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "100.100.100.200/32", "224.0.0.0/4", "255.255.255.255/32", "fe80::/10", "fd00:ec2::/32", "ff00::/8" }.Select(IPNetwork.Parse),
    ];

    /// <summary>Nothing that is closed by default is open.</summary>
    public static NetworkPolicy Default { get; } = new([]);

    /// <summary>Reads networks as the operator lists them.</summary>
    /// <exception cref="FormatException">One of them is not a network in CIDR notation.</exception>
    public static NetworkPolicy Parse(IEnumerable<string> networks) => new([.. networks.Select(text => IPNetwork.TryParse(text, out IPNetwork network)
        ? network
        : throw new FormatException($"\"{text}\" is not a network; write an address and the length of its prefix, such as 169.254.7.0/24."))]);

    internal bool Allows(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Open.Any(network => network.Contains(plain)) || (!plain.Equals(IPAddress.IPv6Any) && !Closed.Any(network => network.Contains(plain)));
    }

    /// <summary>Why an address that is written as numbers may not be used, as a sentence; null where it may, or where it is a name.</summary>
    internal string? FindFault(Uri address) => IPAddress.TryParse(address.IdnHost, out IPAddress? number) && !Allows(number) ? Refusal(address.IdnHost) : null;

    /// <summary>Connects to an allowed address of a host.</summary>
    /// <exception cref="ScorerException">It has none.</exception>
    internal async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        IPAddress[] found = await Dns.GetHostAddressesAsync(host.Host, cancellationToken);
        IPAddress[] allowed = [.. found.Where(Allows)];
        if (found.Length > 0 && allowed.Length == 0)
        {
            throw new ScorerException(Refusal(host.Host), isTransient: false);
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, host.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Refusal(string host) => $"{host} is an address that rewards may not connect to (link-local, metadata or multicast); the operator can open it (--open-networks, ALIGN_OPEN_NETWORKS).";
}
