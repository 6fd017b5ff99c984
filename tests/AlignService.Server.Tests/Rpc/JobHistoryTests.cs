using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Grpc.Core;
using Xunit;
using Records = AlignService.Jobs;

namespace AlignService.Server.Tests.Rpc;

/// <summary>Rollouts, metrics and events through the wire, on both databases.</summary>
public sealed class JobHistoryTests
{
    private const int StepCount = 30;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Rollouts_are_listed_by_page_found_by_filter_and_gone_with_their_job(string store)
    {
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(Cancel) : null;
        await using TestServer server = await TestServer.StartAsync(settings => settings with { Store = postgres?.Connection ?? settings.Store }, Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        for (int step = 1; step <= StepCount; step++)
        {
            await KeptRollouts.KeepAsync(server, worker, step);
        }

        List<Rollout> all = await ListAsync(server, new ListRolloutsRequest { Name = name, PageSize = 7 });
        Assert.Equal(Enumerable.Range(0, StepCount * KeptRollouts.PerStep).Select(place => (1 + place / KeptRollouts.PerStep, place % KeptRollouts.PerStep)), all.Select(row => (row.Step, row.Number)));
        Assert.Equal("completion 1-1", all[1].Completion.TrimEnd('x', ' '));
        Assert.Equal((1, 0.5, 1.0, "length", 2, "prompt 0"), (all[1].Reward, all[1].Advantage, all[1].Scores["low"], all[1].FinishReason, all[1].TokenCount, all[1].Prompt));
        Assert.Equal((-0.5, -1.5, 0.25, 0), (all[1].LogProbs.Mean, all[1].LogProbs.Min, all[1].LogProbs.AboveReference, all[1].PolicyStep));
        Assert.False(all[7].HasReward || all[7].HasAdvantage || all[7].Scores.Count > 0);
        Assert.Empty(all[1].CompletionTokenIds);

        RolloutFilter filter = new() { FromStep = 3, ToStep = 4, MinReward = 1, Scores = { new ScoreRange { Source = "low", Min = 0.5 } }, FinishReasons = { "length" }, MaxTokens = 2, CompletionText = "COMPLETION 4-" };
        Assert.Equal([(4, 1), (4, 3), (4, 5)], (await ListAsync(server, new ListRolloutsRequest { Name = name, Filter = filter })).Select(row => (row.Step, row.Number)));
        Rollout one = (await server.Jobs.GetRolloutAsync(new GetRolloutRequest { Name = name, Step = 4, Number = 5 }, cancellationToken: Cancel)).Rollout;
        Assert.Equal([3, 5], one.CompletionTokenIds);
        Assert.Equal([1, 2], one.PromptTokenIds);
        Assert.Equal(new Prompt { Text = "prompt 1", Answer = "4" }, one.Source);
        Assert.Equal(one, Assert.Single((await ListAsync(server, new ListRolloutsRequest { Name = name, View = RolloutView.Full, Filter = new RolloutFilter { FromStep = 4, ToStep = 4, CompletionText = "4-5" } }))));
        await FailsAsync(StatusCode.NotFound, () => server.Jobs.GetRolloutAsync(new GetRolloutRequest { Name = name, Step = 4, Number = 99 }, cancellationToken: Cancel));

        await worker.MoveAsync(Records.JobState.Succeeded);
        await worker.GoneAsync();
        await server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = name }, cancellationToken: Cancel);
        Assert.False(Directory.Exists(Path.Combine(server.Folder.Path, name)));
        Assert.Empty(await server.Store.Rollouts.ListFilesAsync(worker.Lease.JobId, Cancel));
        await FailsAsync(StatusCode.NotFound, () => server.Jobs.ListRolloutsAsync(new ListRolloutsRequest { Name = name }, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Pages_of_long_completions_stay_under_what_a_client_takes()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        await KeptRollouts.KeepAsync(server, worker, 1, textLength: 700_000);

        ListRolloutsResponse page = await server.Jobs.ListRolloutsAsync(new ListRolloutsRequest { Name = name }, cancellationToken: Cancel);
        Assert.InRange(page.Rollouts.Count, 2, KeptRollouts.PerStep - 1);
        Assert.NotEmpty(page.NextPageToken);
        Assert.Equal(KeptRollouts.PerStep, (await ListAsync(server, new ListRolloutsRequest { Name = name })).Count);
    }

    [Fact]
    public async Task Rollouts_that_cannot_be_asked_for_are_refused_with_their_field()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        (string Field, ListRolloutsRequest Request)[] bad =
        [
            ("filter.from_step", new() { Filter = new RolloutFilter { FromStep = -1 } }),
            ("filter.reward", new() { Filter = new RolloutFilter { MinReward = double.NaN } }),
            ("filter.advantage", new() { Filter = new RolloutFilter { MaxAdvantage = double.PositiveInfinity } }),
            ("filter.finish_reasons", new() { Filter = new RolloutFilter { FinishReasons = { "end" } } }),
            ("filter.scores[0].source", new() { Filter = new RolloutFilter { Scores = { new ScoreRange { Min = 1 } } } }),
            ("filter.completion_text", new() { Filter = new RolloutFilter { CompletionText = new string('a', 1001) } }),
            ("view", new() { View = (RolloutView)9 }),
            ("page_size", new() { PageSize = -1 }),
            ("page_token", new() { PageToken = "W10" }),
        ];
        foreach ((string field, ListRolloutsRequest request) in bad)
        {
            request.Name = name;
            RpcException refused = await FailsAsync(StatusCode.InvalidArgument, () => server.Jobs.ListRolloutsAsync(request, cancellationToken: Cancel));
            Assert.Equal(field, Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field);
        }
    }

    [Fact]
    public async Task A_file_that_is_damaged_or_gone_is_said_to_be_and_the_other_steps_are_there()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        await KeptRollouts.KeepAsync(server, worker, 1);
        await KeptRollouts.KeepAsync(server, worker, 2);
        string file = Directory.GetFiles(Path.Combine(server.Folder.Path, name, "rollouts"), "step-000001*").Single();
        byte[] whole = await File.ReadAllBytesAsync(file, Cancel);
        foreach (byte[] damaged in new byte[][] { [], [1, 2, 3], whole[..^20], [.. whole.Take(whole.Length - 200), .. new byte[200]] })
        {
            await File.WriteAllBytesAsync(file, damaged, Cancel);
            await FailsAsync(StatusCode.DataLoss, () => server.Jobs.ListRolloutsAsync(new ListRolloutsRequest { Name = name, View = RolloutView.Full }, cancellationToken: Cancel));
        }

        File.Delete(file);
        await FailsAsync(StatusCode.DataLoss, () => server.Jobs.ListRolloutsAsync(new ListRolloutsRequest { Name = name }, cancellationToken: Cancel));
        Assert.Equal(KeptRollouts.PerStep, (await ListAsync(server, new ListRolloutsRequest { Name = name, Filter = new RolloutFilter { FromStep = 2 } })).Count);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Metrics_come_as_series_with_as_many_points_as_asked(string store)
    {
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(Cancel) : null;
        await using TestServer server = await TestServer.StartAsync(settings => settings with { Store = postgres?.Connection ?? settings.Store }, Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        for (int step = 1; step <= StepCount; step++)
        {
            await worker.ReportAsync(step, FakeWorker.Metrics(reward: step));
        }

        // Step 30 was done again after a rollback.
        await server.Store.Journal.AppendAsync(worker.Lease, StepCount, 100, [Records.Events.JobEvent.New(StepCount, "rollback-1", FakeWorker.Metrics(reward: -1))], Cancel);

        ListMetricsResponse whole = await server.Jobs.ListMetricsAsync(new ListMetricsRequest { Name = name, Metrics = { "reward/*" } }, cancellationToken: Cancel);
        Assert.Equal(["reward/mean", "reward/std"], whole.Series.Select(series => series.Metric));
        Assert.Equal([.. Enumerable.Range(1, StepCount - 1).Select(step => (step, (double)step)), (StepCount, -1)], whole.Series[0].Points.Select(point => (point.Step, point.Value)));
        ListMetricsResponse few = await server.Jobs.ListMetricsAsync(new ListMetricsRequest { Name = name, Metrics = { "reward/mean" }, FromStep = 11, ToStep = 20, Points = 4 }, cancellationToken: Cancel);
        Assert.Equal(
            [(12, 11.5, 11, 12, 2), (15, 14, 13, 15, 3), (17, 16.5, 16, 17, 2), (20, 19, 18, 20, 3)],
            Assert.Single(few.Series).Points.Select(point => (point.Step, point.Value, (int)point.Min, (int)point.Max, point.Count)));
        Assert.Empty((await server.Jobs.ListMetricsAsync(new ListMetricsRequest { Name = name, Metrics = { "absent" } }, cancellationToken: Cancel)).Series);
        await FailsAsync(StatusCode.InvalidArgument, () => server.Jobs.ListMetricsAsync(new ListMetricsRequest { Name = name, Points = 10_001 }, cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("sqlite", 1)]
    [InlineData("sqlite", 16)]
    [InlineData("postgresql", 7)]
    public async Task Events_are_listed_by_page_and_kind_as_they_are_watched(string store, int pageSize)
    {
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(Cancel) : null;
        await using TestServer server = await TestServer.StartAsync(settings => settings with { Store = postgres?.Connection ?? settings.Store }, Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        for (int step = 1; step <= StepCount; step++)
        {
            await worker.ReportAsync(step, FakeWorker.Metrics(reward: step), new Records.Events.LogMessage(Records.Events.LogSeverity.Info, $"step {step}"));
        }

        List<JobEvent> watched = [];
        using (AsyncServerStreamingCall<WatchJobResponse> watch = server.Jobs.WatchJob(new WatchJobRequest { Name = name, ReplayOnly = true }, cancellationToken: Cancel))
        {
            await foreach (WatchJobResponse response in watch.ResponseStream.ReadAllAsync(Cancel))
            {
                watched.Add(response.Event);
            }
        }

        Assert.Equal(watched, await EventsAsync(server, new ListEventsRequest { Name = name, PageSize = pageSize }));
        Assert.Equal(watched.Where(item => item.Log is not null && item.Step is >= 5 and <= 9), await EventsAsync(server, new ListEventsRequest { Name = name, PageSize = pageSize, Kinds = { "log" }, FromStep = 5, ToStep = 9 }));
        string token = (await server.Jobs.ListEventsAsync(new ListEventsRequest { Name = name, PageSize = 1 }, cancellationToken: Cancel)).NextPageToken;
        await FailsAsync(StatusCode.InvalidArgument, () => server.Jobs.ListEventsAsync(new ListEventsRequest { Name = name, PageToken = token, FromStep = 2 }, cancellationToken: Cancel));
        Assert.Contains("metrics", (await FailsAsync(StatusCode.InvalidArgument, () => server.Jobs.ListEventsAsync(new ListEventsRequest { Name = name, Kinds = { "metric" } }, cancellationToken: Cancel))).Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<Rollout>> ListAsync(TestServer server, ListRolloutsRequest request)
    {
        List<Rollout> all = [];
        do
        {
            ListRolloutsResponse page = await server.Jobs.ListRolloutsAsync(request, cancellationToken: Cancel);
            all.AddRange(page.Rollouts);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return all;
    }

    private static async Task<List<JobEvent>> EventsAsync(TestServer server, ListEventsRequest request)
    {
        List<JobEvent> all = [];
        do
        {
            ListEventsResponse page = await server.Jobs.ListEventsAsync(request, cancellationToken: Cancel);
            Assert.InRange(page.Events.Count, 0, request.PageSize);
            all.AddRange(page.Events);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return all;
    }

    private static async Task<RpcException> FailsAsync<T>(StatusCode expected, Func<AsyncUnaryCall<T>> call)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call().ResponseAsync);
        Assert.Equal(expected, refused.StatusCode);
        return refused;
    }
}
