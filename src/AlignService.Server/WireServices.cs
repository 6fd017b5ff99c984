using AlignService.Server.Datasets;
using AlignService.Server.Hosting;
using AlignService.Server.Models;
using AlignService.Server.Rewards;
using AlignService.Server.Rpc;
using AlignService.Server.Sampling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace AlignService.Server;

/// <summary>The services of the wire, one line each; health check and reflection know them from here.</summary>
internal static class WireServices
{
    private static readonly WireServiceEntry[] Services =
    [
        WireServiceEntry.Of<JobService>(),
        WireServiceEntry.Of<AccessService>(),
        WireServiceEntry.Of<ModelService>(),
        WireServiceEntry.Of<DatasetService>(),
        WireServiceEntry.Of<SamplingService>(),
        WireServiceEntry.Of<RewardService>(),
    ];

    public static IReadOnlyList<ServiceDescriptor> Descriptors => [.. Services.Select(service => service.Descriptor)];

    public static void AddHealth(IServiceCollection services) => services
        .AddGrpcHealthChecks(health =>
        {
            foreach (ServiceDescriptor service in Descriptors)
            {
                health.Services.Map(service.FullName, _ => true);
            }
        })
        .AddCheck<StoreHealthCheck>("store");

    public static void Map(WebApplication application)
    {
        Array.ForEach(Services, service => service.Map(application));
        application.MapGrpcHealthChecksService();
        application.MapGrpcReflectionService();
    }
}

/// <summary>A service, and how it is mapped.</summary>
internal sealed record WireServiceEntry(ServiceDescriptor Descriptor, Action<IEndpointRouteBuilder> Map)
{
    public static WireServiceEntry Of<TService>()
        where TService : class, IWireService => new(TService.Descriptor, static routes => routes.MapGrpcService<TService>());
}
