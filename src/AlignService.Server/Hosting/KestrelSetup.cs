using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Hosting;

/// <summary>The server's ports.</summary>
internal static class KestrelSetup
{
    public static void Listen(WebApplicationBuilder builder, HostSettings settings)
    {
        IReadOnlyList<ListenAddress> addresses = settings.ListenAddresses;
        ServerCertificate? certificate = addresses.Any(address => address.IsTls) ? ServerCertificate.Of(settings) : null;
        builder.Services.AddSingleton<IConnectionListenerFactory, SilentTransport>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var splitter = new HttpVersionSplitter(kestrel.ApplicationServices.GetRequiredService<TimeProvider>());
            kestrel.AddServerHeader = false;

            // gRPC has the limit that counts, per message and with a status that says so; this one would cut the connection.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(new SilentEndPoint(), endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                endpoint.Use(splitter.CaptureHttp1);
            });
            foreach (ListenAddress address in addresses)
            {
                void Configure(ListenOptions endpoint)
                {
                    if (address.IsTls)
                    {
                        endpoint.Protocols = HttpProtocols.Http1AndHttp2; // chosen while the connection is secured
                        endpoint.UseHttps(certificate!.ToTls());
                    }
                    else
                    {
                        endpoint.Protocols = HttpProtocols.Http2;
                        endpoint.Use(splitter.Split);
                    }
                }

                if (address.Address is null)
                {
                    kestrel.ListenAnyIP(address.Port, Configure);
                }
                else
                {
                    kestrel.Listen(address.Address, address.Port, Configure);
                }
            }
        });
    }

    /// <summary>The addresses that are bound, with the ports that the system chose.</summary>
    public static IReadOnlyList<string> BoundAddresses(IServerAddressesFeature bound) =>
        [.. bound.Addresses.Where(address => Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Port > 0 && !address.EndsWith("//http1", StringComparison.Ordinal))];
}
