using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Workers;
using AlignService.Server.Hosting;
using AlignService.Server.Telemetry;
using AlignService.Specs.Resources;
using AlignService.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Workers;

/// <summary>The worker roles of the program: a supervisor that waits for jobs, and the process that trains one.</summary>
public static class WorkerHost
{
    private const string ServiceName = "align-worker";
    private const int RenewalsPerLease = 4;

    /// <summary>`align worker`: starts a process for every runnable job, at most one per device, until the token is cancelled.</summary>
    public static async Task RunAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = CreateBuilder(settings, static _ => { }, []);
        SupervisorSetup.Add(builder.Services, settings);
        using IHost host = builder.Build();
        await host.Services.GetRequiredService<JobStore>().MigrateAsync(cancellationToken);
        await host.RunAsync(cancellationToken);
    }

    /// <summary>`align worker --job ID`: trains one job to its end; returns the process's exit code.</summary>
    /// <param name="settings">Location of store and data, and how the lease is renewed.</param>
    /// <param name="task">The job, and how the process was started.</param>
    /// <param name="addTraining">Adds the factory of training runs for the given device; this project has none, because it must not load libtorch.</param>
    /// <param name="cancellationToken">Releases the job.</param>
    public static Task<int> RunJobAsync(HostSettings settings, WorkerTask task, Action<IServiceCollection, string> addTraining, CancellationToken cancellationToken) =>
        RunJobAsync(settings, task, builder => addTraining(builder.Services, DeviceOf(task)), cancellationToken);

    /// <summary>Like the public overload, with other services or configuration.</summary>
    internal static async Task<int> RunJobAsync(
        HostSettings settings, WorkerTask task, Action<HostApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        var place = WorkerPlace.OnThisHost(DeviceOf(task));
        HostApplicationBuilder builder = CreateBuilder(settings, configure, new() { ["align.device"] = place.Device });
        var stopGrace = TimeSpan.FromSeconds(settings.StopGraceSeconds);
        builder.Services.AddSingleton(new JobWorkerOptions
        {
            Place = place,
            StopGrace = stopGrace,
            StuckAfter = TimeSpan.FromSeconds(settings.StuckSeconds),
            Supervised = task.Lifeline is not null,
            LeaseDuration = TimeSpan.FromSeconds(settings.LeaseSeconds),
            RenewInterval = TimeSpan.FromSeconds(settings.LeaseSeconds) / RenewalsPerLease,
        });
        builder.Services.AddSingleton<ModelDirectories>();
        builder.Services.AddSingleton(settings.RunAccess);
        builder.Services.AddSingleton(settings.FilePolicy);
        builder.Services.AddSingleton<JobWorkerPorts>();
        builder.Services.AddSingleton<JobWorker>();
        using IHost host = builder.Build();
        using WorkerLifeline? lifeline = task.Lifeline is { } input
            ? new WorkerLifeline(input, stopGrace, host.Services.GetRequiredService<TimeProvider>())
            : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifeline?.Cut ?? CancellationToken.None);
        JobWorker worker = host.Services.GetRequiredService<JobWorker>();
        await worker.OpenStoreAsync(task.JobId, () => host.Services.GetRequiredService<JobStore>().MigrateAsync(stop.Token), stop.Token);
        // Starts telemetry; disposing the host sends what is left of it.
        await host.StartAsync(stop.Token);
        string workerId = task.WorkerId ?? $"{Environment.MachineName}-{Environment.ProcessId}";
        WorkerOutcome outcome = await worker.RunAsync(task.JobId, workerId, stop.Token);
        await host.StopAsync(CancellationToken.None);
        return WorkerExitCode.Of(outcome);
    }

    /// <summary>What rewards may reach from a process with these settings.</summary>
    public static RunAccess AccessOf(HostSettings settings) => settings.RunAccess;

    private static string DeviceOf(WorkerTask task) => task.Device ?? DeviceList.For(workerCount: 1)[0];

    private static HostApplicationBuilder CreateBuilder(HostSettings settings, Action<HostApplicationBuilder> configure, Dictionary<string, object> attributes)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddEnvironmentVariables();
        configure(builder);
        LogSetup.Add(builder.Logging, settings);
        Directory.CreateDirectory(settings.Data);
        StoreSetup.Add(builder.Services, settings);
        TelemetrySetup.Add(builder.Services, builder.Configuration, ServiceName, attributes);
        return builder;
    }
}

/// <summary>The arguments of a worker process for one job (`align worker --job ID [--worker-id W] [--device D] [--supervised]`).</summary>
/// <param name="JobId">The job.</param>
/// <param name="WorkerId">Names the process in the lease; null generates a name.</param>
/// <param name="Lifeline">
/// Standard input of a supervised worker: when it ends, the worker releases its job and exits. Null without a supervisor.
/// </param>
public sealed record WorkerTask(JobId JobId, string? WorkerId, Stream? Lifeline)
{
    /// <summary>cpu, cuda or cuda:N; null is the first one of this machine and build, as a supervisor would choose.</summary>
    public string? Device { get; init; }
}
