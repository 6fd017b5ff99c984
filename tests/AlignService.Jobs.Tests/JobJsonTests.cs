using AlignService.Jobs.Events;
using Xunit;

namespace AlignService.Jobs.Tests;

/// <summary>The stored names are durable: a database outlives the program that wrote it.</summary>
public sealed class JobJsonTests
{
    [Fact]
    public void EventKinds_StayAsTheyWereStored()
    {
        Dictionary<string, JobEventBody> bodies = new()
        {
            ["state_changed"] = new StateChanged(JobState.Queued, JobState.Preparing, ""),
            ["log"] = new LogMessage(LogSeverity.Warning, "x"),
            ["metrics"] = new MetricPoints(new Dictionary<string, double> { ["reward/mean"] = double.NaN }),
            ["samples"] = new SampleCompletions([], false),
            ["checkpoint"] = new CheckpointWritten(new JobCheckpoint(1, "d", DateTimeOffset.UnixEpoch, null)),
            ["resumed"] = new Resumed(2, 1, "lost"),
            ["divergence"] = new Divergence("policy/kl", 1, 2),
        };
        foreach ((string kind, JobEventBody body) in bodies)
        {
            Assert.Equal(kind, EventKinds.NameOf(body));
            Assert.StartsWith($"{{\"$type\":\"{kind}\"", EventKinds.Serialize(body), StringComparison.Ordinal);
        }

        Assert.Equal("{\"$type\":\"metrics\",\"values\":{\"reward/mean\":\"NaN\"}}", EventKinds.Serialize(bodies["metrics"]));
    }
}
