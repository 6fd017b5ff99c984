using AlignService.Jobs.Events;
using AlignService.Specs.Guardian;
using AlignService.Specs.Resources;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Tests.Events;

/// <summary>The registry of event kinds: the wire, the stored form and the sentences know the same ones.</summary>
public sealed class EventKindsTests
{
    private static readonly JobId Job = new("job-0001");

    private static readonly GuardianFinding Finding = new()
    {
        Rule = "kl_blow_up",
        Value = 3,
        Bound = 1,
        Action = GuardianAction.RollBack,
        Seen = "policy/kl is 3.",
        Meaning = "It drifts.",
        Remedy = "Lower the learning rate.",
    };

    /// <summary>One event of each kind, with its sentence.</summary>
    private static readonly Dictionary<string, (JobEventBody Body, string Text)> Samples = new()
    {
        ["state_changed"] = (new StateChanged(JobState.Running, JobState.Failed, "out of memory"), "failed: out of memory"),
        ["log"] = (new LogMessage(LogSeverity.Warning, "careful"), "warning: careful"),
        ["metrics"] = (
            new MetricPoints(new Dictionary<string, double> { ["time/step"] = 1.5, ["reward/mean"] = 0.25, ["policy/kl"] = 0, ["reward/std"] = 9 }),
            "step 3/10:  reward 0.2500  kl 0  seconds 1.50"),
        ["samples"] = (
            new SampleCompletions([new SampleCompletion { Prompt = "p", Completion = "c", FinishReason = "stop" }], true),
            "1 sample completions of the held-out prompts, step 3"),
        ["checkpoint"] = (new CheckpointWritten(new JobCheckpoint(3, "/data/3", DateTimeOffset.UnixEpoch, 0.5)), "checkpoint of step 3: /data/3"),
        ["checkpoint_damaged"] = (
            new CheckpointDamaged(3, "model.safetensors", "is missing", 2),
            "the checkpoint of step 3 is damaged: model.safetensors is missing; the job continues from that of step 2"),
        ["resumed"] = (new Resumed(2, 1, "a worker was lost"), "attempt 2 continues from step 1: a worker was lost"),
        ["divergence"] = (new Divergence("policy/kl", 1, 2), "warning: step 3 ran again and policy/kl is 2.00, the first time 1.00"),
        ["guardian"] = (
            new GuardianReport(Finding, 2, 0.5),
            "guardian, kl_blow_up: policy/kl is 3. Going back to step 2, with 0.5000 times the learning rate. It drifts. Lower the learning rate."),
    };

    public static TheoryData<string> Kinds => [.. EventKinds.All.Keys];

    [Fact]
    public void Registry_HoldsTheKindsOfTheWireAndNoOthers()
    {
        Assert.Equal(
            Wire.JobEvent.Descriptor.Oneofs.Single(oneof => oneof.Name == "kind").Fields.Select(field => field.Name).Order(StringComparer.Ordinal),
            EventKinds.All.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            typeof(JobEventBody).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JobEventBody))).Select(type => type.Name).Order(StringComparer.Ordinal),
            EventKinds.All.Values.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_OnTheWire_IsItsFieldWithItsSentence(string kind)
    {
        (JobEventBody body, string text) = Samples[kind];
        Wire.JobEvent wire = (JobEvent.New(3, "", body) with { Cursor = 7, Time = DateTimeOffset.UnixEpoch }).ToWire(Job, totalSteps: 10);

        Assert.Equal(kind, Wire.JobEvent.Descriptor.Fields.InDeclarationOrder().Single(field => field.FieldNumber == (int)wire.KindCase).Name);
        Assert.Equal((7, 3, text), (wire.Cursor, wire.Step, wire.Text));
        Assert.NotEqual(Wire.LogMessage.Types.Severity.Unspecified, wire.Severity);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_Stored_IsReadAsItWas(string kind)
    {
        JobEventBody body = Samples[kind].Body;
        string json = EventKinds.Serialize(body);
        JobEventBody read = EventKinds.Deserialize(json);
        Assert.StartsWith($"{{\"$type\":\"{kind}\"", json, StringComparison.Ordinal);
        Assert.IsType(EventKinds.All[kind], read);
        Assert.Equal(json, EventKinds.Serialize(read));
    }

    [Theory]
    [InlineData("eval/reward/mean", "held-out, step 4: reward 0.5000 ± 0.1000")]
    [InlineData("time/checkpoint", "")]
    public void Metrics_OfEvaluationsAndCheckpoints_HaveTheirOwnLine(string metric, string text)
    {
        MetricPoints points = new(new Dictionary<string, double> { [metric] = 0.5, ["eval/reward/standard_error"] = 0.1 });
        Assert.Equal(text, JobEvent.New(4, "", points).Body.Describe(4, 0));
    }
}
