using AlignService.Server.Hosting;
using AlignService.Store;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Access;

/// <summary>Who may call a server.</summary>
internal static class AccessSetup
{
    public static void Add(IServiceCollection services, HostSettings settings)
    {
        AccessSchemes.Add(services, settings);
        services.AddSingleton<KnownKeys>();
        services.AddSingleton<CallerRates>();
        services.AddScoped<CallerContext>();
        services.AddScoped<CallerCatalog>();
        services.AddScoped<Admission>();
    }

    /// <summary>A server that others can reach asks who they are, and somebody must be able to answer.</summary>
    /// <exception cref="ServerStartException">It would let everybody in, or nobody.</exception>
    public static async Task CheckAsync(HostSettings settings, JobStore store, CancellationToken cancellationToken)
    {
        if (!settings.RequiresAccess)
        {
            string[] reachable = [.. settings.Listen.Where(address => !ListenAddress.Parse(address).IsLoopback)];
            if (reachable.Length > 0 && !settings.Insecure)
            {
                throw new ServerStartException($"{string.Join(", ", reachable)} can be reached from other machines, and --access open lets anyone do everything. Give --insecure true if that is meant, or leave --access out.");
            }

            return;
        }

        if (settings.OidcIssuer is null && settings.ClientCa is null && !await store.Access.HasValidKeyAsync(cancellationToken))
        {
            throw new ServerStartException(
                "Callers need credentials here, and there are none: no API key, no --oidc-issuer, no --client-ca. Make a first key with `align keys create --local --role operator`, with the same --data or --store.");
        }
    }
}
