using System.Collections.Concurrent;
using AlignService.Server.Tests.Telemetry.Otlp;

namespace AlignService.Server.Tests.Telemetry;

/// <summary>What came over OTLP, each with the name of the service that sent it.</summary>
internal sealed class Received
{
    public ConcurrentBag<(string Service, Span Span)> Spans { get; } = [];

    /// <summary>Of every process that sent anything.</summary>
    public ConcurrentBag<Resource> Resources { get; } = [];

    public ConcurrentBag<(string Service, Metric Metric)> Metrics { get; } = [];

    public static string ServiceOf(Resource resource) =>
        resource.Attributes.Single(attribute => attribute.Key == "service.name").Value.StringValue;
}
