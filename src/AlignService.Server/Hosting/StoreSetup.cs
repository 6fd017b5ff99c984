using AlignService.Jobs.Ports;
using AlignService.Store;
using AlignService.Store.Checkpoints;
using AlignService.Store.Rollouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AlignService.Server.Hosting;

/// <summary>The store and the checkpoints, as every role of the program opens them.</summary>
internal static class StoreSetup
{
    /// <summary>The embedded store's file in the data root, unless another store is named.</summary>
    public static string ConnectionOf(HostSettings settings) =>
        string.IsNullOrEmpty(settings.Store) ? $"sqlite:{Path.Combine(settings.FullData, "align.db")}" : settings.Store;

    public static void Add(IServiceCollection services, HostSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => StoreFactory.Open(ConnectionOf(settings), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().Catalog);
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().Leases);
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().Journal);
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().Sources);
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().History);
        services.TryAddSingleton(provider => provider.GetRequiredService<JobStore>().Rollouts);
        services.TryAddSingleton<IRolloutFiles>(new FileRolloutFiles(settings.Data));
        services.TryAddSingleton<RolloutPorts>();
        services.TryAddSingleton<RolloutSearch>();
        services.TryAddSingleton<ICheckpointStore>(provider => new FileCheckpointStore(settings.Data, provider.GetRequiredService<TimeProvider>()));
    }
}

/// <summary>Healthy while the store answers.</summary>
internal sealed class StoreHealthCheck(IJobCatalog catalog) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await catalog.ListAsync([], 1, null, cancellationToken);
        return HealthCheckResult.Healthy("The store answers.");
    }
}
