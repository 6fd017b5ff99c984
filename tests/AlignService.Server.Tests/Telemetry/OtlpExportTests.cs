using AlignService.Contracts.V1;
using AlignService.Jobs.Runs;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using AlignService.Server.Tests.Telemetry.Otlp;
using AlignService.Server.Workers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AlignService.Server.Tests.Telemetry;

/// <summary>What arrives at a collector that the standard environment variables name.</summary>
public sealed class OtlpExportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_sends_a_trace_a_step_and_the_step_s_metrics_by_their_names()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(Cancel);
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);

        int exit = await WorkerHost.RunJobAsync(
            new HostSettings { Data = server.Folder.Path, LogFormat = LogFormat.None },
            new WorkerTask(new AlignService.Specs.Resources.JobId(name["jobs/".Length..]), WorkerId: "w", Lifeline: null) { Device = "cpu" },
            builder =>
            {
                builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address;
                builder.Services.AddSingleton<ITrainingRunFactory, FakeTrainingRun>();
            },
            Cancel);

        Assert.Equal(0, exit);
        JobAttempt attempt = Assert.Single((await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job.Attempts);
        Assert.Equal((1, "w", "cpu", Environment.MachineName, AttemptOutcome.Succeeded), (attempt.Attempt, attempt.Worker, attempt.Device, attempt.Host, attempt.Outcome));
        Span[] spans = [.. receiver.Received.Spans.Where(one => one.Service == "align-worker").Select(one => one.Span)];
        Span[] steps = [.. spans.Where(span => span.Name == "step" && JobOf(span) == name["jobs/".Length..])];
        Assert.Equal(3, steps.Length);
        Assert.Equal(3, steps.Select(step => step.TraceId).Distinct().Count());
        foreach (Span step in steps)
        {
            Assert.True(step.ParentSpanId.IsEmpty, "a step is the root of its trace");
            string[] below = [.. spans.Where(span => span.TraceId == step.TraceId && span.ParentSpanId == step.SpanId).Select(span => span.Name)];
            Assert.Contains("rollout", below);
            Assert.Contains("update", below);
        }

        Assert.Single(spans, span => span.Name == "checkpoint" && steps.Any(step => step.TraceId == span.TraceId));
        Metric[] metrics = [.. receiver.Received.Metrics.Where(one => one.Service == "align-worker").Select(one => one.Metric)];
        Assert.Contains(metrics, metric => metric.Name == "align.reward.mean" && metric.Gauge.DataPoints.Any(point => point.AsDouble == 0.75));
        Assert.Contains(metrics, metric => metric.Name == "align.policy.kl" && metric.Gauge.DataPoints.Any(point => point.AsDouble == 0.125));
        Assert.All(receiver.Received.Resources, resource => Assert.Equal(("cpu", Environment.MachineName), (Attribute(resource, "align.device"), Attribute(resource, "host.name"))));
        Assert.Contains(metrics, metric => metric is { Name: "align.time.rollout", Unit: "s" } && metric.Histogram.DataPoints.Any(point => point is { Count: 3, Sum: 6 }));
    }

    [Fact]
    public async Task A_server_sends_spans_and_metrics_of_its_calls()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(Cancel);
        await using (TestServer server = await TestServer.StartAsync(
            options => options, builder => builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address, Cancel))
        {
            await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);
        }

        Assert.Contains(receiver.Received.Spans, one => one.Service == "align-server" && one.Span.Name.Contains("/align.v1.JobService/ListJobs", StringComparison.Ordinal));
        Assert.Contains(receiver.Received.Metrics, one => one is { Service: "align-server", Metric.Name: "http.server.request.duration" });
    }

    [Fact]
    public async Task Nothing_is_sent_where_no_variable_says_so()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        Assert.Null(server.Services.GetService<OpenTelemetry.Trace.TracerProvider>());
        Assert.Null(server.Services.GetService<OpenTelemetry.Metrics.MeterProvider>());
    }

    private static string? Attribute(Resource resource, string key) => resource.Attributes.FirstOrDefault(attribute => attribute.Key == key)?.Value.StringValue;

    private static string? JobOf(Span span) => span.Attributes.FirstOrDefault(attribute => attribute.Key == "job.id")?.Value.StringValue;
}
