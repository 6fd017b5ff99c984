using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class ExtendJobTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(Cancel);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task SucceededJob_GoesOnWithMoreSteps()
    {
        CheckpointedJob job = await SucceededAsync(KeepTrainerState.Always, step: 10);
        Job extended = await ExtendAsync(job.Name, 30);
        Assert.Equal((JobState.Queued, 30, 10, 30), (extended.State, extended.Spec.Grpo.Algorithm.Steps, extended.Progress.CompletedSteps, extended.Progress.TotalSteps));
        Assert.Null(extended.EndTime);
        await FakeWorker.ClaimAsync(_server.Store, job.Name);

        // Whoever replays its events reads on after its first end.
        using AsyncServerStreamingCall<WatchJobResponse> call = _server.Jobs.WatchJob(new WatchJobRequest { Name = job.Name, ReplayOnly = true }, cancellationToken: Cancel);
        List<JobEvent> events = await call.ResponseStream.ReadAllAsync(Cancel).Select(response => response.Event).ToListAsync(Cancel);
        Assert.Equal(
            [JobState.Preparing, JobState.Running, JobState.Succeeded, JobState.Queued, JobState.Preparing, JobState.Running],
            events.Where(happened => happened.StateChanged is not null).Select(happened => happened.StateChanged.To));
        Assert.Contains(events, happened => happened.Text == "queued: extended to 30 steps");
    }

    [Fact]
    public async Task Job_ThatCannotGoOn_IsRefusedWithTheWayOut()
    {
        CheckpointedJob kept = await SucceededAsync(KeepTrainerState.Always, step: 10), dropped = await SucceededAsync(KeepTrainerState.UnlessSucceeded, step: 10), early = await SucceededAsync(KeepTrainerState.Always, step: 6);
        string queued = await _server.CreateAsync(Cancel);
        await RefusedAsync(kept.Name, 10, StatusCode.InvalidArgument, "total_steps: it is 10, but");
        await RefusedAsync(kept.Name, -5, StatusCode.InvalidArgument, "total_steps: it is -5, but");
        await RefusedAsync(dropped.Name, 30, StatusCode.FailedPrecondition, $"align fork {dropped.Name}/checkpoints/last --fresh");
        await RefusedAsync(early.Name, 30, StatusCode.FailedPrecondition, "stopped early, at step 6 of 10");
        await RefusedAsync(queued, 30, StatusCode.FailedPrecondition, "is queued; only a job that has succeeded");
        await RefusedAsync("jobs/zzzzzzzzzz", 30, StatusCode.NotFound, "does not exist");

        async Task RefusedAsync(string name, int steps, StatusCode code, string text)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ExtendAsync(name, steps));
            Assert.Equal(code, refused.StatusCode);
            Assert.Contains(text, refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    private async Task<Job> ExtendAsync(string name, int steps) => (await _server.Jobs.ExtendJobAsync(new ExtendJobRequest { Name = name, TotalSteps = steps }, cancellationToken: Cancel)).Job;

    private async Task<CheckpointedJob> SucceededAsync(KeepTrainerState keep, int step)
    {
        CheckpointedJob job = await CheckpointedJob.StartAsync(_server, spec => spec.Grpo.Checkpoint = new CheckpointSettings { KeepTrainerState = keep }, Cancel);
        await job.CheckpointAsync(step, holdsState: true, totalSteps: 10);
        await job.EndAsync(Jobs.JobState.Succeeded);
        return job;
    }
}
