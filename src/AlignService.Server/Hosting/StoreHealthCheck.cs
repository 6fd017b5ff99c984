using AlignService.Jobs.Ports;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AlignService.Server.Hosting;

/// <summary>Healthy while the store answers.</summary>
internal sealed class StoreHealthCheck(IJobStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.ListAsync([], 1, null, cancellationToken);
        return HealthCheckResult.Healthy("The store answers.");
    }
}
