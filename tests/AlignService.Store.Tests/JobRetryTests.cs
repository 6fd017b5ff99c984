using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Which job is started next, and which is tried again.</summary>
public abstract class JobRetryTests : StoreTest
{
    private static readonly JobFailure Device = new(JobFailureReason.DeviceUnusable, "the device does not work.", "");

    [Fact]
    public async Task Claim_TakesTheHighestPriority_AndOfEqualsTheOldest()
    {
        JobId plain = await CreateAsync(0), urgent = await CreateAsync(7), alsoUrgent = await CreateAsync(7), background = await CreateAsync(-3);
        Assert.Equal([urgent, alsoUrgent, plain, background], (await Store.Leases.ListRunnableAsync(10, Token)).Select(job => job.Id));
        List<JobId> claimed = [];
        while (await Store.Leases.ClaimAsync($"w{claimed.Count}", LeaseDuration, Token) is { } lease)
        {
            claimed.Add(lease.JobId);
        }

        Assert.Equal([urgent, alsoUrgent, plain, background], claimed);
    }

    [Fact]
    public async Task Failure_ThatIsNotTheJobsOwn_IsTriedAgainLater_AsOftenAsAllowed()
    {
        JobId id = await CreateAsync(0, maxAttempts: 3);
        foreach (int delay in new[] { 10, 20 })
        {
            JobLease lease = await FailAsync(id, Device, JobState.Queued);
            Assert.Empty(await Store.Leases.ListRunnableAsync(1, Token)); // its worker has it still
            await Store.Leases.ReleaseAsync(lease, Token);
            Clock.Advance(TimeSpan.FromSeconds(delay) - TimeSpan.FromMilliseconds(1));
            Assert.Empty(await Store.Leases.ListRunnableAsync(1, Token));
            Assert.Null(await Store.Leases.ClaimAsync(id, "early", LeaseDuration, Token));
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(id, Assert.Single(await Store.Leases.ListRunnableAsync(1, Token)).Id);
        }

        await FailAsync(id, Device, JobState.Failed);
        Job failed = await FindAsync(id);
        Assert.Equal((2, JobFailureReason.DeviceUnusable), (failed.FailedAttempts, failed.Failure!.Reason));
        Assert.Equal([AttemptOutcome.Failed, AttemptOutcome.Failed], (await Store.Journal.ListAttemptsAsync(id, 10, Token)).Take(2).Select(attempt => attempt.Outcome!.Value));
        List<string> reasons = [.. (await Store.Journal.ReadEventsAsync(id, 0, 100, Token)).Select(item => item.Body).OfType<StateChanged>().Where(change => change.To == JobState.Queued).Select(change => change.Reason)];
        Assert.Equal(2, reasons.Count);
        Assert.Equal("device_unusable: the device does not work; try 2 of 3 begins after 2026-01-01 00:00:11 UTC", reasons[0]);
    }

    [Theory]
    [InlineData("data_invalid", 3)]
    [InlineData("out_of_memory", 3)]
    [InlineData("guardian", 3)]
    [InlineData("time_limit", 3)]
    [InlineData("device_unusable", 1)]
    public async Task Failure_OfTheJobsOwn_OrOfTheLastTry_IsFinal(string reason, int maxAttempts) =>
        await FailAsync(await CreateAsync(0, maxAttempts), new JobFailure(reason, "it failed", ""), JobState.Failed);

    /// <summary>The supervisor fails jobs that lost too many workers; each try has them all again.</summary>
    [Fact]
    public async Task LostWorkers_BeyondTheLimit_AreTriedAgainFromNone()
    {
        JobId id = await CreateAsync(0, maxAttempts: 2);
        JobLease lease = await ClaimAsync(id);
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        await Store.Leases.ExpireAsync(id, lease.WorkerId, lost: true, Token);
        Assert.Equal((JobState.Queued, 1), ((await FindAsync(id)).State, (await FindAsync(id)).LostWorkers));
        var lost = new JobFailure(JobFailureReason.WorkerLost, "4 workers were lost", "");
        Job again = await Store.Leases.TransitionAsync(id, JobState.Queued, JobState.Failed, lost, "too many workers were lost", Token);
        Assert.Equal((JobState.Queued, 0, 1), (again.State, again.LostWorkers, again.FailedAttempts));
        Assert.Equal((JobState.Queued, 0), ((await FindAsync(id)).State, (await FindAsync(id)).LostWorkers));
        Assert.Equal(JobState.Failed, (await Store.Leases.TransitionAsync(id, JobState.Queued, JobState.Failed, lost, "again", Token)).State);
    }

    [Fact]
    public async Task Cancel_EndsAJobThatWaitsForItsNextTry()
    {
        JobId id = await CreateAsync(0, maxAttempts: 3);
        await Store.Leases.ReleaseAsync(await FailAsync(id, Device, JobState.Queued), Token);
        Assert.Equal(JobState.Cancelled, (await Store.Catalog.RequestCancelAsync(id, Token)).State);
    }

    private async Task<JobLease> FailAsync(JobId id, JobFailure failure, JobState expected)
    {
        JobLease lease = await ClaimAsync(id);
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        Assert.Equal(expected, (await Store.Leases.TransitionAsync(lease, JobState.Failed, failure, failure.Message, Token)).State);
        Assert.Equal(expected, (await FindAsync(id)).State);
        return lease;
    }

    private async Task<JobId> CreateAsync(int priority, int maxAttempts = 1)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        var id = new JobId($"job-{Guid.NewGuid():N}");
        await Store.Catalog.CreateAsync(id, Spec() with { Priority = priority, Limits = new JobLimits { MaxAttempts = maxAttempts, RetryDelay = TimeSpan.FromSeconds(10) } }, null, Token);
        return id;
    }
}
