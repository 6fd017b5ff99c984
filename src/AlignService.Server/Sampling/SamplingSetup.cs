using AlignService.Jobs.Sampling;
using AlignService.Server.Hosting;
using AlignService.Specs.Sizing;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Sampling;

/// <summary>The services behind SamplingService. The processes end with the host.</summary>
internal static class SamplingSetup
{
    public static void Add(IServiceCollection services, HostSettings settings)
    {
        services.AddSingleton(provider => new ModelProcessOptions
        {
            MaxModels = settings.MaxLoadedModels,
            MaxCalls = settings.MaxModelCalls,
            IdleTimeout = TimeSpan.FromSeconds(settings.ModelIdleSeconds),
            StopGrace = TimeSpan.FromSeconds(settings.StopGraceSeconds),
            Device = settings.ModelDevice,
            MemoryBytes = provider.GetRequiredService<MachineMemory>().Bytes,
        });
        services.AddSingleton<ModelProcesses>();
        services.AddScoped<SampleRequests>();
    }
}
