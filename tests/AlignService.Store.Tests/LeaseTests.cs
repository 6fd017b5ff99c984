using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Who may write a job, and when another may.</summary>
public abstract class LeaseTests : StoreTest
{
    [Fact]
    public async Task Claim_ByManyWorkersAtOnce_GivesEachJobOnce()
    {
        const int JobCount = 12;
        var jobs = new List<JobId>();
        for (int count = 0; count < JobCount; count++)
        {
            jobs.Add(await QueueAsync());
        }

        JobLease?[][] taken = await RaceAsync(6, async (store, worker) =>
        {
            var leases = new List<JobLease?>();
            while (await store.Leases.ClaimAsync($"w{worker}", LeaseDuration, Token) is { } lease)
            {
                leases.Add(lease);
            }

            return leases.ToArray();
        });

        Assert.Equal(jobs, taken.SelectMany(leases => leases).Select(lease => lease!.JobId).OrderBy(id => id.Value));
    }

    [Fact]
    public async Task Claim_OneJobByManyAtOnce_GivesOneLease()
    {
        JobId id = await QueueAsync();
        JobLease?[] leases = await RaceAsync(8, (store, worker) => store.Leases.ClaimAsync(id, $"w{worker}", LeaseDuration, Token));
        JobLease lease = Assert.Single(leases, lease => lease is not null)!;
        Job job = await FindAsync(id);
        Assert.Equal(lease, job.Lease);
        Assert.Equal(1, job.Attempt);
    }

    [Fact]
    public async Task Claim_TakesTheOldestFirst()
    {
        JobId first = await QueueAsync();
        JobId second = await QueueAsync();
        Assert.Equal([first, second], (await Store.Leases.ListRunnableAsync(10, Token)).Select(job => job.Id));
        Assert.Equal(first, (await Store.Leases.ClaimAsync("w1", LeaseDuration, Token))!.JobId);
        Assert.Equal(second, (await Store.Leases.ClaimAsync("w1", LeaseDuration, Token))!.JobId);
        Assert.Null(await Store.Leases.ClaimAsync("w1", LeaseDuration, Token));
    }

    [Fact]
    public async Task Lease_RunsOut_AnotherWorkerTakesOverAndTheFirstIsShutOut()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        Clock.Advance(LeaseDuration - TimeSpan.FromMilliseconds(1));
        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));

        Clock.Advance(TimeSpan.FromMilliseconds(1));
        JobLease? second = await Store.Leases.ClaimAsync("w2", LeaseDuration, Token);

        Assert.NotNull(second);
        Assert.True(second.Token > first.Token);
        Job job = await FindAsync(first.JobId);
        Assert.Equal((JobState.Running, 2, 1), (job.State, job.Attempt, job.LostWorkers));
        await AssertShutOutAsync(first);
        Assert.Equal("w2", (await FindAsync(first.JobId)).Lease!.WorkerId);
    }

    [Fact]
    public async Task Lease_RanOutButNobodyTookIt_CanBeRenewed()
    {
        JobLease lease = await StartAsync(JobState.Preparing);
        Clock.Advance(LeaseDuration * 2);
        LeaseRenewal renewal = await Store.Leases.RenewAsync(lease, LeaseDuration, Token);
        Assert.Equal(Clock.GetUtcNow() + LeaseDuration, renewal.Lease.ExpiresAt);
        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));
    }

    [Fact]
    public async Task Renew_KeepsTheLeaseAndCountsTheTime()
    {
        JobLease lease = await StartAsync(JobState.Preparing);
        for (int count = 0; count < 3; count++)
        {
            Clock.Advance(TimeSpan.FromSeconds(20));
            await Store.Leases.RenewAsync(lease, LeaseDuration, Token);
        }

        Assert.Null(await Store.Leases.ClaimAsync("w2", LeaseDuration, Token));
        Assert.Equal(TimeSpan.FromSeconds(60), (await FindAsync(lease.JobId)).ActiveTime);
    }

    [Fact]
    public async Task Release_LetsAnotherWorkerGoOnAtOnceAndCountsNoLoss()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Leases.ReleaseAsync(first, Token);
        await AssertShutOutAsync(first);
        await ClaimAsync(first.JobId, "w1");
        await AssertShutOutAsync(first);
        Job job = await FindAsync(first.JobId);
        Assert.Equal((JobState.Queued, 2, 0), (job.State, job.Attempt, job.LostWorkers));
        Assert.Equal(new StateChanged(JobState.Running, JobState.Queued, "its worker has stopped"), (await Store.Journal.ReadEventsAsync(first.JobId, 0, 10, Token))[^1].Body);
    }

    [Theory]
    [InlineData(JobState.Preparing)]
    [InlineData(JobState.Preparing, JobState.Running)]
    public async Task Lease_RanOutAndTheGraceToo_QueuesTheJobAgain(params JobState[] states)
    {
        JobLease lost = await StartAsync(states);
        JobLease alive = await StartAsync(states);
        JobId waiting = await QueueAsync();
        TimeSpan grace = TimeSpan.FromSeconds(10);
        Clock.Advance(LeaseDuration);
        alive = (await Store.Leases.RenewAsync(alive, LeaseDuration, Token)).Lease;
        Clock.Advance(grace - TimeSpan.FromSeconds(5));
        Assert.Equal(0, await Store.Leases.RequeueLostAsync(grace, Token));
        Assert.Equal(states[^1], (await FindAsync(lost.JobId)).State);

        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, await Store.Leases.RequeueLostAsync(grace, Token));
        Assert.Equal(0, await Store.Leases.RequeueLostAsync(grace, Token));

        Job job = await FindAsync(lost.JobId);
        Assert.Equal((JobState.Queued, 1, 1, (JobLease?)null), (job.State, job.Attempt, job.LostWorkers, job.Lease));
        Assert.Equal((states[^1], JobState.Queued), ((await FindAsync(alive.JobId)).State, (await FindAsync(waiting)).State));
        Assert.Equal(new StateChanged(states[^1], JobState.Queued, "its worker was lost"), (await Store.Journal.ReadEventsAsync(lost.JobId, 0, 10, Token))[^1].Body);
        await AssertShutOutAsync(lost);
        Assert.Equal(lost.JobId, (await Store.Leases.ClaimAsync("w2", LeaseDuration, Token))!.JobId); // the oldest
        Assert.Equal(1, (await FindAsync(lost.JobId)).LostWorkers);
    }

    [Fact]
    public async Task EndLease_OfAJobThatIsToEndOrRest_DoesNotQueueIt()
    {
        JobLease cancelled = await StartAsync(JobState.Preparing, JobState.Running);
        JobLease paused = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Catalog.RequestCancelAsync(cancelled.JobId, Token);
        await Store.Catalog.RequestPauseAsync(paused.JobId, Token);
        await Store.Leases.ReleaseAsync(cancelled, Token);
        await Store.Leases.ExpireAsync(paused.JobId, paused.WorkerId, lost: true, Token);
        Assert.Equal(0, await Store.Leases.RequeueLostAsync(TimeSpan.Zero, Token));
        Assert.Equal(2, await Store.Catalog.ReconcileAsync(Token));
        Assert.Equal((JobState.Cancelled, JobState.Paused), ((await FindAsync(cancelled.JobId)).State, (await FindAsync(paused.JobId)).State));
    }

    [Fact]
    public async Task Attempts_TellWhoHadTheJobAndHowItEnded()
    {
        JobLease first = await StartAsync(JobState.Preparing, JobState.Running);
        DateTimeOffset start = Clock.GetUtcNow();
        await Store.Leases.ReleaseAsync(first, Token);
        await Store.Leases.ClaimAsync(first.JobId, "w2", LeaseDuration, Token, new WorkerPlace("cuda:1", "node-2"));
        Clock.Advance(LeaseDuration + TimeSpan.FromSeconds(1));
        await Store.Leases.ClaimAsync("w3", LeaseDuration, Token, new WorkerPlace("cpu", "node-3"));
        await Store.Leases.ExpireAsync(first.JobId, "w3", lost: true, Token);
        JobLease fourth = await ClaimAsync(first.JobId, "w4");
        await Store.Catalog.RequestPauseAsync(first.JobId, Token);
        await Store.Leases.PauseAsync(fourth, "paused on request", Token);
        await Store.Catalog.ResumeAsync(first.JobId, Token);
        JobLease fifth = await ClaimAsync(first.JobId, "w5");
        await Store.Leases.TransitionAsync(fifth, JobState.Preparing, null, "", Token);
        await Store.Leases.TransitionAsync(fifth, JobState.Failed, null, "", Token);
        DateTimeOffset end = Clock.GetUtcNow();
        AttemptRecord[] expected =
        [
            new(1, "w1", null, start, start, AttemptOutcome.Stopped),
            new(2, "w2", new WorkerPlace("cuda:1", "node-2"), start, start + LeaseDuration, AttemptOutcome.Lost),
            new(3, "w3", new WorkerPlace("cpu", "node-3"), end, end, AttemptOutcome.Lost),
            new(4, "w4", null, end, end, AttemptOutcome.Paused),
            new(5, "w5", null, end, null, null),
        ];
        Assert.Equal(expected, await Store.Journal.ListAttemptsAsync(first.JobId, 10, Token));

        await Store.Leases.ExpireAsync(first.JobId, "w5", lost: false, Token);
        Assert.Equal([expected[3], expected[4] with { EndTime = end, Outcome = AttemptOutcome.Failed }], await Store.Journal.ListAttemptsAsync(first.JobId, 2, Token));
        Assert.Equal(2, (await FindAsync(first.JobId)).LostWorkers);
    }

    [Fact]
    public async Task EndLease_OfALostWorker_CountsItOnce()
    {
        JobLease lease = await StartAsync(JobState.Preparing);
        await Store.Leases.ExpireAsync(lease.JobId, "somebody-else", lost: true, Token);
        Assert.NotNull((await FindAsync(lease.JobId)).Lease);

        await Store.Leases.ExpireAsync(lease.JobId, lease.WorkerId, lost: true, Token);
        await Store.Leases.ExpireAsync(lease.JobId, lease.WorkerId, lost: true, Token);
        Job job = await FindAsync(lease.JobId);
        Assert.Null(job.Lease);
        Assert.Equal(1, job.LostWorkers);
        await AssertShutOutAsync(lease);
        await ClaimAsync(lease.JobId, "w2");
        Assert.Equal(1, (await FindAsync(lease.JobId)).LostWorkers);
    }

    [Fact]
    public async Task EndLease_OfAnEndedJob_IsNoLoss()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running, JobState.Succeeded);
        Assert.NotNull((await FindAsync(lease.JobId)).Lease);
        await Store.Leases.ExpireAsync(lease.JobId, lease.WorkerId, lost: true, Token);
        Job job = await FindAsync(lease.JobId);
        Assert.Null(job.Lease);
        Assert.Equal(0, job.LostWorkers);
    }

    private async Task AssertShutOutAsync(JobLease old)
    {
        Job before = await FindAsync(old.JobId);
        int eventsBefore = (await Store.Journal.ReadEventsAsync(old.JobId, 0, 100, Token)).Count;
        var checkpoint = new JobCheckpoint(1, "somewhere", Clock.GetUtcNow(), null);

        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Leases.RenewAsync(old, LeaseDuration, Token));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Leases.ReleaseAsync(old, Token));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Leases.TransitionAsync(old, JobState.Failed, null, "", Token));
        await Assert.ThrowsAsync<LeaseLostException>(
            () => Store.Journal.AppendAsync(old, 9, 10, [JobEvent.New(9, "", new LogMessage(LogSeverity.Info, "late"))], Token));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.AddCheckpointAsync(old, checkpoint, Token));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.RemoveCheckpointAsync(old, 1, evenIfUsed: true, Token));

        Job after = await FindAsync(old.JobId);
        Assert.Equal((before.State, before.CompletedSteps, before.Lease), (after.State, after.CompletedSteps, after.Lease));
        Assert.Equal(eventsBefore, (await Store.Journal.ReadEventsAsync(old.JobId, 0, 100, Token)).Count);
        Assert.Empty(await Store.Journal.ListCheckpointsAsync(old.JobId, Token));
    }
}
