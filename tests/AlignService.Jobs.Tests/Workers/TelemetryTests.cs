using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>What a listener receives from a job: one trace a step, each metric by its name.</summary>
public sealed class TelemetryTests : EngineTest
{
    [Fact]
    public async Task Job_EachStep_IsOneTraceWithItsCheckpointBelow()
    {
        using var training = new ActivitySource("test.training");
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is JobDiagnostics.Name or "test.training",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        JobId id = await QueueAsync(checkpointEvery: 2, evaluateEvery: 3);
        await Worker(new FakeTrainingRunFactory { StepCount = 3, OnStep = (_, _) => training.StartActivity("rollout")?.Dispose() }).RunAsync(id, "w1", Token);

        Activity[] roots = [.. spans.Where(span => span.OperationName == "step" && Equals(span.GetTagItem("job.id"), id.Value)).OrderBy(span => span.GetTagItem("step"))];
        Assert.Equal([1, 2, 3], roots.Select(span => span.GetTagItem("step")));
        Assert.All(roots, span => Assert.Null(span.ParentId));
        Assert.Equal(3, roots.Select(span => span.TraceId).Distinct().Count());
        Assert.Equal(["rollout"], Below(spans, roots[0]));
        Assert.Equal(["checkpoint", "rollout"], Below(spans, roots[1]));
        Assert.Equal(["checkpoint", "evaluation", "rollout"], Below(spans, roots[2]));
    }

    [Fact]
    public async Task Job_EachMetric_IsPublishedByItsNameWithTheJob()
    {
        JobId id = await QueueAsync();
        var seen = new ConcurrentQueue<(string Name, double Value, Type Instrument, string? Unit, string? Description)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == JobDiagnostics.Name)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var named = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            if (Equals(named["job.id"], id.Value))
            {
                Assert.Equal(("cuda:3", "node-7", 3), (named["align.device"], named["host.name"], named.Count));
                seen.Enqueue((instrument.Name, value, instrument.GetType(), instrument.Unit, instrument.Description));
            }
        });
        listener.Start();
        await Worker(new FakeTrainingRunFactory { StepCount = 3 }, options: new() { Place = new WorkerPlace("cuda:3", "node-7") }).RunAsync(id, "w1", Token);

        Assert.Equal(3, seen.Count(item => item.Name == "align.reward.mean" && item.Instrument == typeof(Gauge<double>)));
        Assert.Equal(3, seen.Count(item => item.Name == "align.time.step" && item.Instrument == typeof(Histogram<double>)));
        Assert.All(seen.Where(item => item.Name == "align.time.step"), item => Assert.Equal(("s", "Time of a step."), (item.Unit, item.Description)));
        Assert.Contains(seen, item => item.Name == "align.time.checkpoint");
        Assert.Contains(seen, item => item.Name == "align.eval.reward");
    }

    private static IEnumerable<string> Below(IEnumerable<Activity> spans, Activity root) =>
        spans.Where(span => span.ParentSpanId == root.SpanId && span.TraceId == root.TraceId).Select(span => span.OperationName).Order();
}
