using AlignService.Contracts.V1;
using AlignService.Jobs.Ports;
using AlignService.Server.Tests.Fixtures;
using AlignService.Store;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Records = AlignService.Jobs;

namespace AlignService.Server.Tests.Rpc;

public sealed class WatchJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_replays_then_follows_and_ends_with_the_job()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        await worker.ReportAsync(1, FakeWorker.Metrics(0.5), new Records.Events.LogMessage(Records.Events.LogSeverity.Warning, "careful"));

        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = name }, cancellationToken: Cancel);
        List<JobEvent> replayed = await call.TakeAsync(4, Cancel);
        await worker.ReportAsync(2, FakeWorker.Metrics(0.6));
        List<JobEvent> live = await call.TakeAsync(1, Cancel);
        await worker.MoveAsync(Records.JobState.Succeeded);
        List<JobEvent> rest = await call.TakeAllAsync(Cancel);

        Assert.Equal([JobState.Preparing, JobState.Running], replayed[..2].Select(one => one.StateChanged.To));
        Assert.Equal(0.5, replayed[2].Metrics.Values["reward/mean"]);
        Assert.Equal(LogMessage.Types.Severity.Warning, replayed[3].Log.Severity);
        Assert.Equal("careful", replayed[3].Log.Text);
        Assert.Equal(2, live[0].Step);
        Assert.Equal(JobState.Succeeded, rest[^1].StateChanged.To);
        Assert.Equal(Enumerable.Range(1, 6).Select(i => (long)i), replayed.Concat(live).Concat(rest).Select(one => one.Cursor));
    }

    [Fact]
    public async Task A_finding_of_the_guardian_comes_with_its_words_and_where_it_led()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        var finding = new AlignService.Specs.Guardian.GuardianFinding
        {
            Rule = "constant_reward",
            Subject = "judge",
            Value = 0,
            Bound = 0.1,
            Action = AlignService.Specs.Guardian.GuardianAction.RollBack,
            Seen = "seen",
            Meaning = "means",
            Remedy = "try",
        };
        await worker.ReportAsync(3, new Records.Events.GuardianReport(finding, 2, 0.25), new Records.Events.GuardianReport(finding with { Action = AlignService.Specs.Guardian.GuardianAction.Warn }, null, null));

        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = name, ReplayOnly = true }, cancellationToken: Cancel);
        GuardianFinding[] told = [.. (await call.TakeAllAsync(Cancel)).Where(one => one.Guardian is not null).Select(one => one.Guardian)];

        var expected = new GuardianFinding
        {
            Rule = "constant_reward",
            Subject = "judge",
            Value = 0,
            Bound = 0.1,
            Action = GuardianAction.RollBack,
            Seen = "seen",
            Meaning = "means",
            Remedy = "try",
            RolledBackTo = 2,
            LearningRateFactor = 0.25,
        };
        Assert.Equal(expected, told[0]);
        Assert.Equal((GuardianAction.Warn, false, false), (told[1].Action, told[1].HasRolledBackTo, told[1].HasLearningRateFactor));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task However_watchers_and_appends_interleave_each_watcher_gets_every_event_once(int seed)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        var random = new Random(seed);
        const int stepCount = 120;
        int[] batches = [.. Enumerable.Range(0, stepCount).Select(_ => random.Next(1, 4))];
        long total = 2 + batches.Sum() + 1;
        (long After, int StartStep)[] watchers = [.. Enumerable.Range(0, 12).Select(_ => ((long)random.Next(0, (int)total), random.Next(0, stepCount)))];

        var step = new TaskCompletionSource[stepCount + 1];
        for (int i = 0; i < step.Length; i++)
        {
            step[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        async Task<List<JobEvent>> WatchAsync(long after, int startStep)
        {
            await step[startStep].Task;
            using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = name, AfterCursor = after }, cancellationToken: Cancel);
            return await call.TakeAllAsync(Cancel);
        }

        Task<List<JobEvent>>[] watching = [.. watchers.Select(one => WatchAsync(one.After, one.StartStep))];
        for (int i = 0; i < stepCount; i++)
        {
            step[i].SetResult();
            await worker.ReportAsync(i + 1, [.. Enumerable.Range(0, batches[i]).Select(k => new Records.Events.LogMessage(Records.Events.LogSeverity.Info, $"{i}/{k}"))]);
        }

        step[stepCount].SetResult();
        await worker.MoveAsync(Records.JobState.Succeeded);

        List<JobEvent>[] seen = await Task.WhenAll(watching);
        for (int i = 0; i < watchers.Length; i++)
        {
            long[] expected = [.. Enumerable.Range(1, (int)total).Select(cursor => (long)cursor).Where(cursor => cursor > watchers[i].After)];
            Assert.True(
                expected.SequenceEqual(seen[i].Select(one => one.Cursor)),
                $"seed {seed}, watcher {i} after {watchers[i].After} from step {watchers[i].StartStep}: expected {expected.Length} events up to {total}, got {string.Join(' ', seen[i].Select(one => one.Cursor))}");
        }
    }

    [Fact]
    public async Task Replay_only_ends_although_the_job_goes_on()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        for (int i = 1; i <= 600; i++)
        {
            await worker.ReportAsync(i, FakeWorker.Metrics(i));
        }

        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(
            new WatchJobRequest { Name = name, AfterCursor = 2, ReplayOnly = true }, cancellationToken: Cancel);
        List<JobEvent> events = await call.TakeAllAsync(Cancel);

        Assert.Equal(Enumerable.Range(3, 600).Select(i => (long)i), events.Select(one => one.Cursor));
    }

    [Fact]
    public async Task Watchers_that_hang_up_leave_nothing_behind()
    {
        FollowCounter? counter = null;
        await using TestServer server = await TestServer.StartAsync(
            options => options,
            builder => builder.Services.AddSingleton(provider =>
            {
                IJobCatalog catalog = FollowCounter.Around(provider.GetRequiredService<JobStore>().Catalog);
                counter = (FollowCounter)(object)catalog;
                return catalog;
            }),
            Cancel);
        string name = await server.CreateAsync(Cancel);
        await FakeWorker.ClaimAsync(server.Store, name);
        using var hangUp = new CancellationTokenSource();
        AsyncServerStreamingCall<WatchJobResponse>[] calls =
            [.. Enumerable.Range(0, 50).Select(_ => server.Jobs.WatchJob(new WatchJobRequest { Name = name }, cancellationToken: hangUp.Token))];
        await Task.WhenAll(calls.Select(call => call.TakeAsync(2, Cancel)));
        Assert.Equal(50, counter!.Total);

        await hangUp.CancelAsync();
        await counter.AllGone.WaitAsync(Cancel);

        Array.ForEach(calls, call => call.Dispose());
    }

    [Fact]
    public async Task An_unknown_job_is_named()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = "jobs/nobody" }, cancellationToken: Cancel);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.TakeAllAsync(Cancel));

        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.Equal("jobs/nobody", refused.GetRpcStatus()!.GetDetail<ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_watches_at_once()
    {
        TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        await FakeWorker.ClaimAsync(server.Store, name);
        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = name }, cancellationToken: Cancel);
        await call.TakeAsync(2, Cancel);

        Task<List<JobEvent>> rest = call.TakeAllAsync(Cancel);
        Task stopping = server.StopAsync();
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => rest);
        await stopping;

        Assert.Equal(StatusCode.Unavailable, ended.StatusCode);
        await server.DisposeAsync();
    }
}
