using AlignService.Jobs.Supervision;
using AlignService.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Workers;

/// <summary>The supervisor of worker processes, as the server and `align worker` both run it.</summary>
internal static class SupervisorSetup
{
    public static void Add(IServiceCollection services, WorkerHostOptions options)
    {
        services.AddSingleton(new WorkerSupervisorOptions { Devices = DeviceList.For(options.WorkerCount) });
        services.TryAddSingleton(WorkerProgram.OfThisProgram(EnvironmentOf(options)));
        services.TryAddSingleton<IWorkerLauncher, ProcessWorkerLauncher>();
        services.AddSingleton<WorkerSupervisor>();
        services.AddHostedService<SupervisorService>();
    }

    /// <summary>The store's text may hold a password, so it travels in the environment and not on the command line.</summary>
    private static Dictionary<string, string> EnvironmentOf(WorkerHostOptions options) => new()
    {
        [WorkerEnvironment.DataRoot] = Path.GetFullPath(options.DataRoot),
        [WorkerEnvironment.Store] = StoreSetup.ConnectionOf(options.Store, options.DataRoot),
        [WorkerEnvironment.LogFormat] = options.LogFormat.ToString(),
    };
}

/// <summary>Runs the supervisor as long as the host lives; stopping waits until every worker has exited.</summary>
internal sealed class SupervisorService(WorkerSupervisor supervisor) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => supervisor.RunAsync(stoppingToken);
}

/// <summary>Environment variables that stand for options which are not given: how a supervisor passes them to its workers.</summary>
public static class WorkerEnvironment
{
    public const string DataRoot = "ALIGN_DATA";
    public const string Store = "ALIGN_STORE";
    public const string LogFormat = "ALIGN_LOG_FORMAT";
}
