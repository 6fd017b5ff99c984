using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Pausing and resuming, whoever holds the job meanwhile.</summary>
public abstract class PauseTests : StoreTest
{
    [Fact]
    public async Task Pause_QueuedJob_RestsAtOnceAndIsNotClaimedUntilResumed()
    {
        JobId id = await QueueAsync();
        for (int round = 0; round < 2; round++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            Job paused = await Store.Catalog.RequestPauseAsync(id, Token);
            Assert.Equal((JobState.Paused, false), (paused.State, paused.PauseRequested));
            Assert.Equal(JobState.Paused, (await Store.Catalog.RequestPauseAsync(id, Token)).State);
            Assert.Null(await Store.Leases.ClaimAsync("w1", LeaseDuration, Token));
            Assert.Empty(await Store.Leases.ListRunnableAsync(10, Token));
            Assert.Equal(0, await Store.Catalog.ReconcileAsync(Token));
            Assert.Equal(JobState.Queued, (await Store.Catalog.ResumeAsync(id, Token)).State);
        }

        Assert.Equal(id, (await Store.Leases.ClaimAsync("w1", LeaseDuration, Token))!.JobId);
        Assert.Equal(
            [JobState.Paused, JobState.Queued, JobState.Paused, JobState.Queued],
            (await Store.Journal.ReadEventsAsync(id, 0, 10, Token)).Select(item => ((StateChanged)item.Body).To));
    }

    [Fact]
    public async Task Pause_HeldJob_IsItsWorkersToDo()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);

        Job asked = await Store.Catalog.RequestPauseAsync(lease.JobId, Token);
        Assert.Equal((JobState.Running, true), (asked.State, asked.PauseRequested));
        Assert.Equal(0, await Store.Catalog.ReconcileAsync(Token));
        await Store.Leases.PauseAsync(lease, "paused on request", Token);

        Job job = await FindAsync(lease.JobId);
        Assert.Equal((JobState.Paused, false, "w1", null), (job.State, job.PauseRequested, job.Lease?.WorkerId, job.EndTime));
        Assert.Null(await Store.Leases.ClaimAsync(lease.JobId, "w2", LeaseDuration, Token));

        // Resumed before the worker's process has gone: whatever that would still write is refused.
        Assert.Equal(JobState.Queued, (await Store.Catalog.ResumeAsync(lease.JobId, Token)).State);
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Leases.RenewAsync(lease, LeaseDuration, Token));
        Assert.Equal(2, (await ClaimAsync(lease.JobId, "w2")).Token - lease.Token);
        Assert.Equal(0, (await FindAsync(lease.JobId)).LostWorkers);
    }

    [Fact]
    public async Task AppendAndPause_OneTransaction_RecordsTheStepAndAsksForThePause()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);

        await Store.Journal.AppendAndPauseAsync(lease, 4, 10, [JobEvent.New(4, "", new LogMessage(LogSeverity.Warning, "odd"))], Token);

        Job job = await FindAsync(lease.JobId);
        Assert.Equal((4, 10, true), (job.CompletedSteps, job.TotalSteps, job.PauseRequested));
        Assert.Contains(await Store.Journal.ReadEventsAsync(lease.JobId, 0, 10, Token), item => item.Body is LogMessage);
        await Store.Leases.ExpireAsync(lease.JobId, "w1", lost: true, Token);
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.AppendAndPauseAsync(lease, 5, 10, [], Token));
        Assert.Equal(1, await Store.Catalog.ReconcileAsync(Token));
        Assert.Equal(JobState.Paused, (await FindAsync(lease.JobId)).State);
    }

    [Fact]
    public async Task Pause_TakenBackInTime_ChangesNothing()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Catalog.RequestPauseAsync(lease.JobId, Token);

        Job back = await Store.Catalog.ResumeAsync(lease.JobId, Token);

        Assert.Equal((JobState.Running, false), (back.State, back.PauseRequested));
        Assert.Equal(JobState.Running, (await Store.Leases.PauseAsync(lease, "paused on request", Token)).State);
        Assert.Equal(JobState.Running, (await Store.Catalog.ResumeAsync(lease.JobId, Token)).State);
    }

    [Fact]
    public async Task Pause_WorkerLostMeanwhile_RestsInsteadOfRunningAgain()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Catalog.RequestPauseAsync(lease.JobId, Token);
        Clock.Advance(LeaseDuration);

        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));
        Assert.Equal(1, await Store.Catalog.ReconcileAsync(Token));

        Job job = await FindAsync(lease.JobId);
        Assert.Equal((JobState.Paused, null), (job.State, job.Lease));
    }

    [Fact]
    public async Task Pause_TransitionsOfTheWorker_KeepTheRequest()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        await Store.Catalog.RequestPauseAsync(lease.JobId, Token);
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        await Store.Leases.TransitionAsync(lease, JobState.Running, null, "", Token);
        Assert.True((await FindAsync(lease.JobId)).PauseRequested);
        await Store.Leases.TransitionAsync(lease, JobState.Succeeded, null, "", Token);
        Assert.False((await FindAsync(lease.JobId)).PauseRequested);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_PausedJob_EndsIt(bool held)
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Catalog.RequestPauseAsync(lease.JobId, Token);
        await Store.Leases.PauseAsync(lease, "", Token);
        if (!held)
        {
            await Store.Leases.ReleaseAsync(lease, Token);
        }

        await Store.Catalog.RequestCancelAsync(lease.JobId, Token);
        await Store.Leases.ExpireAsync(lease.JobId, "w1", lost: false, Token);

        Assert.Equal(held ? 1 : 0, await Store.Catalog.ReconcileAsync(Token));
        Assert.Equal(JobState.Cancelled, (await FindAsync(lease.JobId)).State);
    }

    [Fact]
    public async Task EndedJob_IsNeitherPausedNorResumed()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running, JobState.Succeeded);
        Assert.Contains("succeeded", (await Assert.ThrowsAsync<InvalidTransitionException>(() => Store.Catalog.RequestPauseAsync(lease.JobId, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("succeeded", (await Assert.ThrowsAsync<InvalidTransitionException>(() => Store.Catalog.ResumeAsync(lease.JobId, Token))).Message, StringComparison.Ordinal);

        JobLease ending = await StartAsync(JobState.Preparing);
        await Store.Catalog.RequestCancelAsync(ending.JobId, Token);
        Assert.Contains("being cancelled", (await Assert.ThrowsAsync<InvalidTransitionException>(() => Store.Catalog.RequestPauseAsync(ending.JobId, Token))).Message, StringComparison.Ordinal);
        await Store.Leases.TransitionAsync(ending, JobState.Cancelled, null, "", Token);
        Assert.Contains("is cancelled;", (await Assert.ThrowsAsync<InvalidTransitionException>(() => Store.Catalog.RequestPauseAsync(ending.JobId, Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.RequestPauseAsync(new JobId("nobody"), Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.ResumeAsync(new JobId("nobody"), Token));
    }
}
