using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>States, cancelling, and waiting for other jobs.</summary>
public abstract class StateTests : StoreTest
{
    private static readonly Dictionary<JobState, JobState[]> WayTo = new()
    {
        [JobState.Queued] = [],
        [JobState.Preparing] = [JobState.Preparing],
        [JobState.Running] = [JobState.Preparing, JobState.Running],
        [JobState.Succeeded] = [JobState.Preparing, JobState.Running, JobState.Succeeded],
        [JobState.Failed] = [JobState.Failed],
        [JobState.Cancelled] = [JobState.Cancelled],
        [JobState.Paused] = [JobState.Paused],
    };

    [Fact]
    public async Task Transition_EveryPair_FollowsTheTable()
    {
        foreach (JobState from in Enum.GetValues<JobState>())
        {
            foreach (JobState to in Enum.GetValues<JobState>())
            {
                JobLease lease = await StartAsync(WayTo[from]);
                Task Move() => Store.Leases.TransitionAsync(lease, to, null, "", Token);
                if (JobTransition.IsAllowed(from, to) && from != to)
                {
                    await Move();
                    Assert.Equal(to, (await FindAsync(lease.JobId)).State);
                }
                else if (from != to)
                {
                    await Assert.ThrowsAsync<InvalidTransitionException>(Move);
                    Assert.Equal(from, (await FindAsync(lease.JobId)).State);
                }
            }
        }
    }

    [Fact]
    public async Task Transition_Through_RecordsTimesAndEvents()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        DateTimeOffset start = Clock.GetUtcNow();
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Store.Leases.TransitionAsync(lease, JobState.Running, null, "", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        var failure = new JobFailure("model_invalid", "it is not a model", "give one");
        Job returned = await Store.Leases.TransitionAsync(lease, JobState.Failed, failure, "no model", Token);

        Job job = await FindAsync(lease.JobId);
        Assert.Equal((start, start + TimeSpan.FromSeconds(10), failure), (job.StartTime!.Value, job.EndTime!.Value, job.Failure));
        Assert.Equal((returned.State, returned.StartTime, returned.EndTime, returned.UpdateTime), (job.State, job.StartTime, job.EndTime, job.UpdateTime));
        IReadOnlyList<JobEvent> events = await Store.Journal.ReadEventsAsync(lease.JobId, 0, 10, Token);
        Assert.Equal(
            [new StateChanged(JobState.Queued, JobState.Preparing, ""), new StateChanged(JobState.Preparing, JobState.Running, ""), new StateChanged(JobState.Running, JobState.Failed, "no model")],
            events.Select(item => (StateChanged)item.Body));
    }

    [Fact]
    public async Task Transition_TakenUpAgain_GivesEventsOfEachAttempt()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        Clock.Advance(LeaseDuration);
        JobLease second = await ClaimAsync(first.JobId, "w2");
        await Store.Leases.TransitionAsync(second, JobState.Preparing, null, "", Token);
        await Store.Leases.TransitionAsync(second, JobState.Running, null, "", Token);
        Assert.Equal(
            [JobState.Preparing, JobState.Running, JobState.Preparing, JobState.Running],
            (await Store.Journal.ReadEventsAsync(first.JobId, 0, 10, Token)).Select(item => ((StateChanged)item.Body).To));
    }

    [Fact]
    public async Task Transition_WithoutLease_IsRefusedWhileSomebodyHoldsTheJob()
    {
        JobLease lease = await StartAsync(JobState.Preparing);
        await Assert.ThrowsAsync<InvalidTransitionException>(
            () => Store.Leases.TransitionAsync(lease.JobId, JobState.Preparing, JobState.Failed, null, "", Token));
        await Assert.ThrowsAsync<InvalidTransitionException>(
            () => Store.Leases.TransitionAsync(lease.JobId, JobState.Queued, JobState.Failed, null, "", Token));

        Clock.Advance(LeaseDuration);
        await Store.Leases.TransitionAsync(lease.JobId, JobState.Preparing, JobState.Failed, null, "", Token);
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Leases.RenewAsync(lease, LeaseDuration, Token));
    }

    [Fact]
    public async Task Cancel_QueuedJob_IsCancelledAtOnceAndNotClaimed()
    {
        JobId id = await QueueAsync();
        Job job = await Store.Catalog.RequestCancelAsync(id, Token);
        Assert.Equal((JobState.Cancelled, true), (job.State, job.CancelRequested));
        Assert.Null(await Store.Leases.ClaimAsync("w1", LeaseDuration, Token));
        Assert.Equal(JobState.Cancelled, (await Store.Catalog.RequestCancelAsync(id, Token)).State);
    }

    [Fact]
    public async Task Cancel_HeldJob_IsToldToItsWorkerAndOutlivesIt()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        Job job = await Store.Catalog.RequestCancelAsync(lease.JobId, Token);
        Assert.Equal((JobState.Running, true), (job.State, job.CancelRequested));
        Assert.True((await Store.Leases.RenewAsync(lease, LeaseDuration, Token)).CancelRequested);
        Assert.Equal(0, await Store.Catalog.ReconcileAsync(Token));

        Clock.Advance(LeaseDuration);
        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));
        Assert.Equal(1, await Store.Catalog.ReconcileAsync(Token));
        Assert.Equal(JobState.Cancelled, (await FindAsync(lease.JobId)).State);
    }

    [Fact]
    public async Task Cancel_EndedJob_ChangesNothing()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running, JobState.Succeeded);
        Job job = await Store.Catalog.RequestCancelAsync(lease.JobId, Token);
        Assert.Equal((JobState.Succeeded, false), (job.State, job.CancelRequested));
    }

    [Fact]
    public async Task After_AnUnfinishedJob_WaitsForItsSuccess()
    {
        JobId first = await QueueAsync();
        JobId second = await QueueAsync(first);
        JobLease lease = await ClaimAsync(first);
        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));
        Assert.Null(await Store.Leases.ClaimAsync(second, "w2", LeaseDuration, Token));
        Assert.Empty(await Store.Leases.ListRunnableAsync(10, Token));

        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        await Store.Leases.TransitionAsync(lease, JobState.Running, null, "", Token);
        await Store.Leases.TransitionAsync(lease, JobState.Succeeded, null, "", Token);
        Assert.Equal(second, (await Store.Leases.ClaimAsync("w2", LeaseDuration, Token))!.JobId);
    }

    [Fact]
    public async Task After_AFailedJob_FailsDownTheChain()
    {
        JobId first = await QueueAsync();
        JobId second = await QueueAsync(first);
        JobId third = await QueueAsync(second);
        JobId other = await QueueAsync();
        await Store.Catalog.RequestCancelAsync(first, Token);

        Assert.Equal(2, await Store.Catalog.ReconcileAsync(Token));
        foreach ((JobId id, JobId cause) in new[] { (second, first), (third, second) })
        {
            Job job = await FindAsync(id);
            Assert.Equal((JobState.Failed, "dependency_failed"), (job.State, job.Failure!.Reason));
            Assert.Contains(cause.ResourceName, job.Failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(JobState.Queued, (await FindAsync(other)).State);
        Assert.Equal(0, await Store.Catalog.ReconcileAsync(Token));
    }
}
