using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;
using Records = AlignService.Jobs;

namespace AlignService.Server.Tests.Rpc;

public sealed class CancelJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queued_job_is_cancelled_at_once()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);

        Job cancelled = (await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel)).Job;

        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.True(cancelled.CancelRequested);
    }

    [Fact]
    public async Task Cancel_returns_only_when_the_worker_has_gone()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);

        Task<CancelJobResponse> cancelling = server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel).ResponseAsync;
        await worker.WaitForCancelAsync(Cancel);
        Assert.False(cancelling.IsCompleted, "the worker still runs");
        await worker.MoveAsync(Records.JobState.Cancelled);
        Job ended = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job;
        Assert.Equal(JobState.Cancelled, ended.State);
        Assert.False(cancelling.IsCompleted, "the job has ended, but the worker's process has not");
        await worker.GoneAsync();

        Assert.Equal(JobState.Cancelled, (await cancelling).Job.State);
    }

    [Fact]
    public async Task A_job_whose_worker_was_lost_is_cancelled_when_the_lease_runs_out()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        await FakeWorker.ClaimAsync(server.Store, name, TimeSpan.FromSeconds(2));

        Job cancelled = (await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel)).Job;

        Assert.Equal(JobState.Cancelled, cancelled.State);
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_request_standing()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        using var giveUp = new CancellationTokenSource();

        Task<CancelJobResponse> cancelling = server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: giveUp.Token).ResponseAsync;
        await worker.WaitForCancelAsync(Cancel);
        await giveUp.CancelAsync();
        RpcException gaveUp = await Assert.ThrowsAsync<RpcException>(() => cancelling);

        Assert.Equal(StatusCode.Cancelled, gaveUp.StatusCode);
        Assert.True((await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job.CancelRequested);
    }

    [Fact]
    public async Task Cancelling_an_ended_job_changes_nothing()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        await worker.MoveAsync(Records.JobState.Failed, new Records.JobFailure("prompts_invalid", "line 3 is empty.", "Fill it in."));
        await worker.GoneAsync();

        Job job = (await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel)).Job;

        Assert.Equal(JobState.Failed, job.State);
        Assert.Equal("prompts_invalid", job.Failure.Reason);
        Assert.Equal("Fill it in.", job.Failure.Remedy);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = "jobs/nobody" }, cancellationToken: Cancel));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }
}
