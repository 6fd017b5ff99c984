using AlignService.Jobs.Forks;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Trials;
using AlignService.Server.Access;
using AlignService.Server.Datasets;
using AlignService.Server.Hosting;
using AlignService.Server.Models;
using AlignService.Server.Rewards;
using AlignService.Server.Rpc;
using AlignService.Server.Sampling;
using AlignService.Server.StatusPage;
using AlignService.Server.Telemetry;
using AlignService.Server.Uploads;
using AlignService.Server.Validation;
using AlignService.Server.Workers;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Sizing;
using AlignService.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server;

/// <summary>A running server: gRPC, status page and, if it has workers, their supervisor.</summary>
public sealed class AlignServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AlignServer(WebApplication application)
    {
        _application = application;
        Addresses = KestrelSetup.BoundAddresses(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!);
    }

    /// <summary>The addresses that the server listens on, with ports chosen by the system.</summary>
    public IReadOnlyList<string> Addresses { get; }

    internal IServiceProvider Services => _application.Services;

    /// <summary>Opens the store, brings its schema up to date and listens.</summary>
    /// <exception cref="ServerStartException">The server cannot listen on an address.</exception>
    public static Task<AlignServer> StartAsync(HostSettings settings, CancellationToken cancellationToken) =>
        StartAsync(settings, static _ => { }, cancellationToken);

    /// <summary>Like the public overload, with other services or configuration.</summary>
    internal static async Task<AlignServer> StartAsync(HostSettings settings, Action<WebApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        WebApplication application = Build(settings, configure);
        try
        {
            Directory.CreateDirectory(settings.FullData);
            JobStore store = application.Services.GetRequiredService<JobStore>();
            await store.MigrateAsync(cancellationToken);
            await AccessSetup.CheckAsync(settings, store, cancellationToken);
            await application.StartAsync(cancellationToken);
            return new AlignServer(application);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await application.DisposeAsync();
            throw new ServerStartException(
                $"Cannot listen on {string.Join(", ", settings.Listen)}: the address is in use. Stop the other process, or choose another port (0 lets the system choose).",
                exception);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when the process was asked to stop (SIGINT, SIGTERM) or the token was cancelled, after everything has ended.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _application.WaitForShutdownAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static WebApplication Build(HostSettings settings, Action<WebApplicationBuilder> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        configure(builder);
        KestrelSetup.Listen(builder, settings);
        LogSetup.Add(builder.Logging, settings);
        IServiceCollection services = builder.Services;
        services.AddSingleton(settings);
        StoreSetup.Add(services, settings);
        SupervisorSetup.Add(services, settings);
        AccessSetup.Add(services, settings);
        RunAccess access = settings.RunAccess;
        services.AddScoped(provider => access.Files.Of(provider.GetRequiredService<CallerContext>().Caller.Project));
        services.AddScoped(provider => access with { Files = provider.GetRequiredService<FilePolicy>() });
        services.AddScoped<ModelRules>();
        services.AddScoped<ExampleJobRules>();
        services.TryAddSingleton(MachineMemory.OfThisMachine);
        services.AddScoped<MemoryRules>();
        services.AddScoped<JobSpecValidator>();
        services.AddSingleton<ForkedStates>();
        services.AddScoped<JobForks>();
        services.AddScoped<JobExtension>();
        services.AddScoped<JobBatches>();
        services.AddScoped<JobAdmission>();
        services.AddScoped<JobInterruption>();
        services.AddSingleton<JobEventStream>();
        services.AddScoped<JobHistory>();
        services.AddSingleton<WaitReasons>();
        services.AddSingleton<JobRecords>();
        services.AddSingleton<ResourceStores>();
        services.AddScoped<CallerResources>();
        services.TryAddSingleton<UploadReceiver>();
        services.AddScoped<ModelPlaces>();
        services.AddScoped<NamedModels>();
        services.AddSingleton<ModelImports>();
        services.AddScoped<DatasetUploads>();
        services.AddScoped<DatasetReader>();
        services.AddHostedService<ResourceSweep>();
        SamplingSetup.Add(services, settings);
        services.AddSingleton<RewardTrialProcess>();
        services.AddScoped<RewardTrials>();
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<AccessInterceptor>();
            grpc.MaxReceiveMessageSize = settings.MaxMessageMib << 20;
            grpc.MaxSendMessageSize = settings.MaxMessageMib << 20;
        });
        services.AddGrpcReflection();
        WireServices.AddHealth(services);
        TelemetrySetup.Add(services, builder.Configuration, "align-server", []);

        WebApplication application = builder.Build();
        application.UseRequestDrain();
        WireServices.Map(application);
        application.MapStatusPage();
        return application;
    }
}
