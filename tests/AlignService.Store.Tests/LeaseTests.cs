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
        Assert.Equal((2, 0), (job.Attempt, job.LostWorkers));
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
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.RemoveCheckpointAsync(old, 1, Token));

        Job after = await FindAsync(old.JobId);
        Assert.Equal((before.State, before.CompletedSteps, before.Lease), (after.State, after.CompletedSteps, after.Lease));
        Assert.Equal(eventsBefore, (await Store.Journal.ReadEventsAsync(old.JobId, 0, 100, Token)).Count);
        Assert.Empty(await Store.Journal.ListCheckpointsAsync(old.JobId, Token));
    }
}
