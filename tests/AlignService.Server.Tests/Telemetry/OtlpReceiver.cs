using AlignService.Server.Tests.Telemetry.Otlp;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlignService.Server.Tests.Telemetry;

/// <summary>A collector that keeps what it is sent over OTLP's gRPC.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OtlpReceiver(WebApplication application)
    {
        _application = application;
        Address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public string Address { get; }

    public Received Received => _application.Services.GetRequiredService<Received>();

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Received>();
        WebApplication application = builder.Build();
        application.MapGrpcService<Traces>();
        application.MapGrpcService<Metrics>();
        await application.StartAsync(cancellationToken);
        return new OtlpReceiver(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private sealed class Traces(Received received) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            foreach (ResourceSpans resource in request.ResourceSpans)
            {
                received.Resources.Add(resource.Resource);
                foreach (Span span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
                {
                    received.Spans.Add((Received.ServiceOf(resource.Resource), span));
                }
            }

            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class Metrics(Received received) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            foreach (ResourceMetrics resource in request.ResourceMetrics)
            {
                received.Resources.Add(resource.Resource);
                foreach (Metric metric in resource.ScopeMetrics.SelectMany(scope => scope.Metrics))
                {
                    received.Metrics.Add((Received.ServiceOf(resource.Resource), metric));
                }
            }

            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}
