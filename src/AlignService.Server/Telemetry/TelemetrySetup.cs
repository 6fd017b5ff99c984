using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AlignService.Server.Telemetry;

/// <summary>
/// Traces and metrics of this process, sent by OTLP where the standard environment variables (OTEL_EXPORTER_OTLP_ENDPOINT and related ones) say so. The other
/// projects use only System.Diagnostics; their sources and meters are all named AlignService.*.
/// </summary>
internal static class TelemetrySetup
{
    private const string OwnNames = "AlignService.*";

    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    ];

    /// <param name="services">Of the process's host.</param>
    /// <param name="configuration">Holds the environment variables.</param>
    /// <param name="serviceName">align-server or align-worker; OTEL_SERVICE_NAME overrides it.</param>
    /// <param name="attributes">Of the process, besides the host's name; OTEL_RESOURCE_ATTRIBUTES overrides them.</param>
    public static void Add(IServiceCollection services, IConfiguration configuration, string serviceName, Dictionary<string, object> attributes)
    {
        if (Endpoints.All(name => string.IsNullOrEmpty(configuration[name])))
        {
            return;
        }

        string? version = typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(serviceName, serviceVersion: version)
                .AddAttributes(new Dictionary<string, object>(attributes) { ["host.name"] = Environment.MachineName })
                .AddEnvironmentVariableDetector())
            .WithTracing(tracing =>
            {
                tracing.AddSource(OwnNames).AddAspNetCoreInstrumentation();
                if (IsSet(configuration, "TRACES"))
                {
                    tracing.AddOtlpExporter();
                }
            })
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(OwnNames).AddAspNetCoreInstrumentation();
                if (IsSet(configuration, "METRICS"))
                {
                    metrics.AddOtlpExporter();
                }
            });
    }

    private static bool IsSet(IConfiguration configuration, string signal) =>
        !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
}
