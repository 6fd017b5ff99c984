using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Guardian;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>The event stream: no gap, nothing twice, and a differing number is an event of its own.</summary>
public abstract class EventTests : StoreTest
{
    private static readonly GuardianFinding Finding = new()
    {
        Rule = "kl_blow_up",
        Value = 2,
        Bound = double.PositiveInfinity,
        Action = GuardianAction.RollBack,
        Seen = "seen",
        Meaning = "means",
        Remedy = "try",
    };

    /// <summary>What scripts and models wrote has any length; a client takes 4 MiB at once.</summary>
    [Fact]
    public async Task Append_TextOfAnyLength_IsKeptInPart()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        string text = new('漢', 3_000_000);
        SampleCompletion[] samples = [.. Enumerable.Range(0, 40).Select(_ => new SampleCompletion { Prompt = text, Completion = text, Answer = text, FinishReason = "stop" })];
        JobEventBody[] bodies =
        [
            new LogMessage(LogSeverity.Warning, text),
            new StateChanged(JobState.Queued, JobState.Preparing, text),
            new SampleCompletions(samples, Evaluation: false),
            new Resumed(2, 3, text),
        ];
        await Store.Journal.AppendAsync(lease, 3, 10, [.. bodies.Select(body => JobEvent.New(3, "k", body))], Token);
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        Job failed = await Store.Leases.TransitionAsync(lease, JobState.Failed, new JobFailure("internal", text, text), text, Token);

        Assert.All(await Store.Journal.ReadEventsAsync(lease.JobId, 0, 100, Token), item => Assert.InRange(item.ToWire(lease.JobId, 10).CalculateSize(), 1, 2_500_000));
        Assert.InRange((await FindAsync(failed.Id)).Failure!.Message.Length, 1000, 2000);
    }

    [Fact]
    public async Task Append_EveryKind_ComesBackAsItWas()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        var sample = new SampleCompletion
        {
            Prompt = "2+2=",
            Completion = "4\0 😀 \"quoted\"",
            Reward = double.NaN,
            FinishReason = "stop",
            Scores = new Dictionary<string, double> { ["judge"] = -0.1 },
        };
        JobEventBody[] bodies =
        [
            new StateChanged(JobState.Queued, JobState.Preparing, "x"),
            new LogMessage(LogSeverity.Warning, "a line"),
            new MetricPoints(new Dictionary<string, double> { ["reward/mean"] = 0.1 + 0.2, ["policy/kl"] = double.PositiveInfinity, ["policy/loss"] = 5e-324 }),
            new SampleCompletions([sample], Evaluation: true),
            new CheckpointWritten(new JobCheckpoint(3, "d", Clock.GetUtcNow(), 0.5)),
            new Resumed(2, 3, "lost"),
            new Divergence("reward/mean", 1, double.NaN),
            new GuardianReport(Finding, 2, 0.25),
        ];
        await Store.Journal.AppendAsync(lease, 3, 10, [.. bodies.Select(body => JobEvent.New(3, "k", body))], Token);

        IReadOnlyList<JobEvent> events = await Store.Journal.ReadEventsAsync(lease.JobId, 0, 100, Token);
        Assert.Equal(bodies.Select(EventKinds.Serialize), events.Select(item => EventKinds.Serialize(item.Body)));
        Assert.All(events, item => Assert.Equal((3, "k", Clock.GetUtcNow()), (item.Step, item.Key, item.Time)));
        Job job = await FindAsync(lease.JobId);
        Assert.Equal((3, 10), (job.CompletedSteps, job.TotalSteps));
    }

    [Fact]
    public async Task Append_StepsRunAgain_EmitNothingTwice()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        for (int step = 1; step <= 4; step++)
        {
            await AppendStepAsync(first, step, reward: step, seconds: 1);
        }

        Clock.Advance(LeaseDuration);
        JobLease second = await ClaimAsync(first.JobId, "w2");
        for (int step = 3; step <= 6; step++)
        {
            await AppendStepAsync(second, step, reward: step, seconds: 2);
        }

        IReadOnlyList<JobEvent> events = await Store.Journal.ReadEventsAsync(first.JobId, 0, 100, Token);
        Assert.Equal(Enumerable.Range(1, 6), events.Where(item => item.Body is MetricPoints).Select(item => item.Step));
        Assert.DoesNotContain(events, item => item.Body is Divergence);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(cursor => (long)cursor), events.Select(item => item.Cursor));
    }

    [Fact]
    public async Task Append_AnotherNumber_IsADivergenceAndTheFirstStays()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        await AppendStepAsync(first, 1, reward: 0.5, seconds: 1);
        Clock.Advance(LeaseDuration);
        JobLease second = await ClaimAsync(first.JobId, "w2");
        await AppendStepAsync(second, 1, reward: 0.25, seconds: 2);
        await AppendStepAsync(second, 1, reward: 0.25, seconds: 3);

        IReadOnlyList<JobEvent> events = await Store.Journal.ReadEventsAsync(first.JobId, 0, 100, Token);
        Assert.Equal(new Divergence("reward/mean", 0.5, 0.25), Assert.Single(events, item => item.Body is Divergence).Body);
        Assert.Equal(0.5, ((MetricPoints)Assert.Single(events, item => item.Body is MetricPoints).Body).Values["reward/mean"]);
    }

    [Fact]
    public async Task RollBack_OneTransaction_CountsItSetsTheProgressBackAndTellsWhy()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await AppendStepAsync(lease, 5, reward: 1, seconds: 1);

        await Store.Journal.RollBackAsync(lease, 2, [JobEvent.New(5, "rule/", new GuardianReport(Finding, 2, 0.5))], Token);
        await Store.Journal.AppendAsync(lease, 3, 10, [JobEvent.New(3, "rollback-1", new MetricPoints(new Dictionary<string, double> { ["reward/mean"] = 7 }))], Token);

        Job job = await FindAsync(lease.JobId);
        Assert.Equal((1, 3, 10), (job.RollbackCount, job.CompletedSteps, job.TotalSteps));
        Assert.Equal(2, ((GuardianReport)Assert.Single(await Store.Journal.ReadEventsAsync(lease.JobId, 0, 100, Token), item => item.Body is GuardianReport).Body).RolledBackTo);
        Clock.Advance(LeaseDuration);
        await ClaimAsync(lease.JobId, "w2");
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.RollBackAsync(lease, 0, [], Token));
        Assert.Equal(1, (await FindAsync(lease.JobId)).RollbackCount);
    }

    [Fact]
    public async Task ReadMetrics_ByKey_GivesThoseUpToTheStepInOrder()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        (int Step, string Key)[] all = [(2, "evaluation"), (4, "rollback-1/evaluation"), (1, ""), (2, "checkpoint"), (3, "evaluation"), (5, "evaluation"), (2, "re-evaluation")];
        foreach ((int step, string key) in all)
        {
            await Store.Journal.AppendAsync(lease, step, 10, [JobEvent.New(step, key, new MetricPoints(new Dictionary<string, double> { ["x"] = step })), JobEvent.New(step, key, new LogMessage(LogSeverity.Info, key))], Token);
        }

        IReadOnlyList<JobEvent> read = await Store.Journal.ReadMetricsAsync(lease.JobId, "evaluation", 4, Token);

        Assert.Equal([(2, "evaluation"), (4, "rollback-1/evaluation"), (3, "evaluation")], read.Select(item => (item.Step, item.Key)));
        Assert.All(read, item => Assert.Equal(item.Step, ((MetricPoints)item.Body).Values["x"]));
    }

    [Fact]
    public async Task Append_Progress_NeverFalls()
    {
        JobLease lease = await StartAsync(JobState.Preparing);
        await Store.Journal.AppendAsync(lease, 5, 10, [], Token);
        await Store.Journal.AppendAsync(lease, 3, 10, [], Token);
        Assert.Equal(5, (await FindAsync(lease.JobId)).CompletedSteps);
    }

    [Fact]
    public async Task Read_FromEveryCursorInEveryPageSize_HasNoSeam()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        for (int step = 1; step <= 9; step++)
        {
            await AppendStepAsync(lease, step, step, 1);
        }

        IReadOnlyList<JobEvent> all = await Store.Journal.ReadEventsAsync(lease.JobId, 0, 100, Token);
        for (int limit = 1; limit <= all.Count; limit++)
        {
            var pieces = new List<long>();
            while (await Store.Journal.ReadEventsAsync(lease.JobId, pieces.LastOrDefault(), limit, Token) is { Count: > 0 } page)
            {
                pieces.AddRange(page.Select(item => item.Cursor));
            }

            Assert.Equal(all.Select(item => item.Cursor), pieces);
        }
    }

    [Fact]
    public async Task Read_WhileManyAppend_SeesCursorsWithoutAGap()
    {
        const int WriterCount = 4;
        const int EachCount = 10;
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        Task<bool[]> writing = RaceAsync(WriterCount, async (store, writer) =>
        {
            for (int count = 0; count < EachCount; count++)
            {
                await store.Journal.AppendAsync(lease, 0, 10, [JobEvent.New(0, $"{writer}/{count}", new LogMessage(LogSeverity.Info, "x"))], Token);
            }

            return true;
        });

        var seen = new List<long>();
        const int Total = (WriterCount * EachCount) + 2;
        while (seen.Count < Total && !writing.IsFaulted)
        {
            seen.AddRange((await Store.Journal.ReadEventsAsync(lease.JobId, seen.LastOrDefault(), 7, Token)).Select(item => item.Cursor));
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, Total).Select(cursor => (long)cursor), seen);
    }

    [Fact]
    public async Task Checkpoints_AreListedByStepWithTheirEvents()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        var second = new JobCheckpoint(20, "b", Clock.GetUtcNow(), 0.75);
        var first = new JobCheckpoint(10, "a", Clock.GetUtcNow(), null);
        await Store.Journal.AddCheckpointAsync(lease, second, Token);
        await Store.Journal.AddCheckpointAsync(lease, first, Token);
        await Store.Journal.AddCheckpointAsync(lease, first, Token);
        Assert.Equal([first, second], await Store.Journal.ListCheckpointsAsync(lease.JobId, Token));

        Assert.True(await Store.Journal.RemoveCheckpointAsync(lease, 10, evenIfUsed: false, Token));
        Assert.Equal([second], await Store.Journal.ListCheckpointsAsync(lease.JobId, Token));
        Assert.Equal(
            [20, 10], (await Store.Journal.ReadEventsAsync(lease.JobId, 0, 100, Token)).Where(item => item.Body is CheckpointWritten).Select(item => item.Step));
    }

    private Task AppendStepAsync(JobLease lease, int step, double reward, double seconds) => Store.Journal.AppendAsync(
        lease,
        step,
        10,
        [
            JobEvent.New(step, "", new MetricPoints(new Dictionary<string, double> { ["reward/mean"] = reward, ["time/step"] = seconds, ["policy/kl"] = double.NaN })),
            JobEvent.New(step, "0", new LogMessage(LogSeverity.Info, "a line")),
        ],
        Token);
}
