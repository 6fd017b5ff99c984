using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using Records = AlignService.Jobs;

namespace AlignService.Server.Tests.Rpc;

public sealed class ListJobsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Pages_show_every_job_once_and_newest_first(int pageSize)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var created = new List<string>();
        for (int i = 0; i < 7; i++)
        {
            created.Add(await server.CreateAsync(Cancel));
        }

        var listed = new List<string>();
        var request = new ListJobsRequest { PageSize = pageSize };
        do
        {
            ListJobsResponse page = await server.Jobs.ListJobsAsync(request, cancellationToken: Cancel);
            Assert.True(page.Jobs.Count <= pageSize);
            listed.AddRange(page.Jobs.Select(job => job.Name));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(created.AsEnumerable().Reverse(), listed);
    }

    [Fact]
    public async Task States_filter()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string queued = await server.CreateAsync(Cancel);
        string running = await server.CreateAsync(Cancel);
        await FakeWorker.ClaimAsync(server.Store, running);

        Assert.Equal([running], await NamesAsync(server, JobState.Running));
        Assert.Equal([queued], await NamesAsync(server, JobState.Queued));
        Assert.Equal([running, queued], await NamesAsync(server, JobState.Queued, JobState.Running));
        Assert.Empty(await NamesAsync(server, JobState.Failed));
    }

    [Fact]
    public async Task Lists_leave_out_prompts_that_jobs_hold_themselves()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        await server.CreateAsync(Cancel);
        Job listed = Assert.Single((await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs);
        Assert.Empty(listed.Spec.Grpo.Prompts.Inline);
    }

    /// <summary>Clients take 4 MiB in one message.</summary>
    [Fact]
    public async Task Pages_of_large_jobs_have_fewer()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        for (int i = 0; i < 12; i++)
        {
            spec.Grpo.Rewards.Add(new RewardSource { Name = $"s{i}", JavaScript = new JavaScriptReward { Script = $"1 // {new string('x', 60_000)}" } });
        }

        HashSet<string> made = [];
        for (int i = 0; i < 12; i++)
        {
            made.Add((await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job.Name);
        }

        List<string> listed = [];
        int pages = 0;
        for (string token = ""; pages == 0 || token.Length > 0; pages++)
        {
            ListJobsResponse page = await server.Jobs.ListJobsAsync(new ListJobsRequest { PageSize = 500, PageToken = token }, cancellationToken: Cancel);
            listed.AddRange(page.Jobs.Select(job => job.Name));
            token = page.NextPageToken;
        }

        Assert.Equal(made, listed.ToHashSet());
        Assert.Equal((12, 3), (listed.Count, pages)); // four of 0.7 MB each
        for (int i = 12; i < 20; i++)
        {
            spec.Grpo.Rewards.Add(new RewardSource { Name = $"s{i}", JavaScript = new JavaScriptReward { Script = $"1 // {new string('x', 60_000)}" } });
        }

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel));
        Assert.Contains("at most 1048576 are allowed", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_make_no_sense_name_their_field()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        await server.CreateAsync(Cancel);
        await server.CreateAsync(Cancel);
        string token = (await server.Jobs.ListJobsAsync(new ListJobsRequest { PageSize = 1 }, cancellationToken: Cancel)).NextPageToken;

        Assert.Equal("page_size", await FaultOfAsync(server, new ListJobsRequest { PageSize = -1 }));
        Assert.Equal("page_token", await FaultOfAsync(server, new ListJobsRequest { PageToken = "no such thing" }));
        Assert.Equal("page_token", await FaultOfAsync(server, new ListJobsRequest { PageToken = token, States = { JobState.Failed } }));
        Assert.Equal("states[1]", await FaultOfAsync(server, new ListJobsRequest { States = { JobState.Failed, (JobState)99 } }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("jobs/")]
    [InlineData("jobs/UPPER")]
    [InlineData("job/abcdef")]
    [InlineData("jobs/abcdef/checkpoints/best")]
    public async Task A_name_that_is_no_job_s_is_refused(string name)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("jobs/{job}", Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_shows_its_checkpoints_with_best_and_last()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        foreach ((int step, double? score) in new (int, double?)[] { (50, 0.4), (100, 0.7), (150, null) })
        {
            await server.Store.Journal.AddCheckpointAsync(worker.Lease, new Records.JobCheckpoint(step, $"/data/{step}", DateTimeOffset.UnixEpoch, score), Cancel);
        }

        Job job = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job;

        Assert.Equal([$"{name}/checkpoints/step-000050", $"{name}/checkpoints/step-000100", $"{name}/checkpoints/step-000150"], job.Checkpoints.Select(one => one.Name));
        Assert.Equal([false, true, false], job.Checkpoints.Select(one => one.Best));
        Assert.Equal([false, false, true], job.Checkpoints.Select(one => one.Last));
        Assert.Equal(0.7, job.Checkpoints[1].Score);
        Assert.False(job.Checkpoints[2].HasScore);
    }

    private static async Task<string[]> NamesAsync(TestServer server, params JobState[] states) =>
        [.. (await server.Jobs.ListJobsAsync(new ListJobsRequest { States = { states } }, cancellationToken: Cancel)).Jobs.Select(job => job.Name)];

    private static async Task<string> FaultOfAsync(TestServer server, ListJobsRequest request)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.ListJobsAsync(request, cancellationToken: Cancel));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field;
    }
}
