using AlignService.Jobs.Supervision;
using AlignService.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Workers;

/// <summary>The supervisor of worker processes, as used by both the server and `align worker`.</summary>
internal static class SupervisorSetup
{
    /// <summary>For everything else that stops with the host.</summary>
    private static readonly TimeSpan EndOfHost = TimeSpan.FromSeconds(20);

    public static void Add(IServiceCollection services, HostSettings settings)
    {
        services.AddSingleton(new WorkerSupervisorOptions { Devices = DeviceList.For(settings.Workers), StopGrace = TimeSpan.FromSeconds(settings.StopGraceSeconds) });
        // The host gives up on its services after 30 s by itself, which would leave workers without the grace that was configured.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopGraceSeconds) + EndOfHost);
        services.TryAddSingleton(WorkerProgram.OfThisProgram(EnvironmentOf(settings)));
        services.TryAddSingleton<IWorkerLauncher, ProcessWorkerLauncher>();
        services.AddSingleton<WorkerSupervisor>();
        services.AddHostedService<SupervisorService>();
        services.AddSingleton<TrainerStateSweep>();
        services.AddSingleton<DeletedJobSweep>();
        services.AddHostedService<SweepService>();
    }

    /// <summary>The store's text may hold a password, so it is passed in the environment and not on the command line.</summary>
    private static Dictionary<string, string> EnvironmentOf(HostSettings settings) =>
        HostSettingCatalog.ToEnvironment(settings with { Data = settings.FullData, Roots = [.. settings.Roots.Select(Path.GetFullPath)], Store = StoreSetup.ConnectionOf(settings) });
}

/// <summary>Runs the supervisor while the host runs; stopping waits until every worker has exited.</summary>
internal sealed class SupervisorService(WorkerSupervisor supervisor) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => supervisor.RunAsync(stoppingToken);
}

/// <summary>Runs the sweeps while the host runs.</summary>
internal sealed class SweepService(TrainerStateSweep states, DeletedJobSweep deleted) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(states.RunAsync(stoppingToken), deleted.RunAsync(stoppingToken));
}
