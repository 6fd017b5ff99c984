using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;
using Records = AlignService.Jobs;

namespace AlignService.Server.Tests.Rpc;

public sealed class PauseJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queued_job_is_paused_at_once_and_queued_again_when_resumed()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);

        Assert.Equal(JobState.Paused, (await PauseAsync(server, name)).State);
        Assert.Equal(name, Assert.Single((await server.Jobs.ListJobsAsync(new ListJobsRequest { States = { JobState.Paused } }, cancellationToken: Cancel)).Jobs).Name);
        Assert.Equal(JobState.Queued, (await ResumeAsync(server, name)).State);
        Assert.Equal(JobState.Queued, (await ResumeAsync(server, name)).State);
    }

    [Fact]
    public async Task Pause_returns_only_when_the_worker_has_gone()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);

        Task<PauseJobResponse> pausing = server.Jobs.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: Cancel).ResponseAsync;
        await worker.PauseAsync(Cancel);
        Assert.Equal(JobState.Paused, (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job.State);
        Assert.False(pausing.IsCompleted, "the job rests, but the worker's process has not gone");
        await worker.GoneAsync();

        Job job = (await pausing).Job;
        Assert.Equal((JobState.Paused, false), (job.State, job.PauseRequested));
    }

    [Fact]
    public async Task A_job_that_ends_first_is_returned_as_it_ended()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);

        Task<PauseJobResponse> pausing = server.Jobs.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: Cancel).ResponseAsync;
        await worker.WaitForPauseAsync(Cancel);
        await worker.MoveAsync(Records.JobState.Succeeded);
        await worker.GoneAsync();

        Assert.Equal(JobState.Succeeded, (await pausing).Job.State);
    }

    [Fact]
    public async Task A_job_whose_worker_was_lost_is_paused_when_the_lease_runs_out()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        await FakeWorker.ClaimAsync(server.Store, name, TimeSpan.FromSeconds(2));

        Assert.Equal(JobState.Paused, (await PauseAsync(server, name)).State);
    }

    [Fact]
    public async Task A_pause_that_is_taken_back_leaves_the_job_running()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        Task<PauseJobResponse> pausing = server.Jobs.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: Cancel).ResponseAsync;
        await worker.WaitForPauseAsync(Cancel);
        await ResumeAsync(server, name);

        Assert.Equal(JobState.Running, (await pausing).Job.State);
    }

    [Fact]
    public async Task A_paused_job_can_be_cancelled_but_an_ended_one_not_paused()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        await PauseAsync(server, name);

        Job cancelled = (await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel)).Job;

        Assert.Equal(JobState.Cancelled, cancelled.State);
        RpcException pause = await Assert.ThrowsAsync<RpcException>(() => PauseAsync(server, name));
        RpcException resume = await Assert.ThrowsAsync<RpcException>(() => ResumeAsync(server, name));
        Assert.Equal((StatusCode.FailedPrecondition, StatusCode.FailedPrecondition), (pause.StatusCode, resume.StatusCode));
        Assert.Contains("only a paused job can be resumed", resume.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => PauseAsync(server, "jobs/nobody"))).StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => ResumeAsync(server, "no job"))).StatusCode);
    }

    private static async Task<Job> PauseAsync(TestServer server, string name) =>
        (await server.Jobs.PauseJobAsync(new PauseJobRequest { Name = name }, cancellationToken: Cancel)).Job;

    private static async Task<Job> ResumeAsync(TestServer server, string name) =>
        (await server.Jobs.ResumeJobAsync(new ResumeJobRequest { Name = name }, cancellationToken: Cancel)).Job;
}
