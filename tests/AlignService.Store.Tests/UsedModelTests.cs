using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>What a job began with stays what it began with, and stays there while the job may go on.</summary>
public abstract class UsedModelTests : StoreTest
{
    private const string Best = "best";

    [Fact]
    public async Task Use_TheFirstIsRecordedForAllAttempts()
    {
        JobLease source = await WithCheckpointsAsync(3, 6);
        JobLease job = await StartAsync(JobState.Preparing);
        Assert.Null(await Store.Journal.FindModelAsync(job.JobId, Best, Token));

        Assert.Equal(At(source, 3), await Store.Journal.UseModelAsync(job, Best, At(source, 3), Token));
        Assert.Equal(At(source, 3), await Store.Journal.UseModelAsync(job, Best, At(source, 6), Token));
        Assert.Equal(At(source, 6), await Store.Journal.UseModelAsync(job, "last", At(source, 6), Token));
        await Store.Leases.ReleaseAsync(job, Token);

        Assert.Equal(At(source, 3), await Store.Journal.FindModelAsync(job.JobId, Best, Token));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Journal.UseModelAsync(job, "step-000003", At(source, 3), Token));
    }

    [Fact]
    public async Task Remove_ACheckpointThatAnotherJobBeganWith_WaitsForItsEnd()
    {
        JobLease source = await WithCheckpointsAsync(3, 6, 9);
        JobLease job = await StartAsync(JobState.Preparing);
        await Store.Journal.UseModelAsync(job, Best, At(source, 3), Token);
        await Store.Journal.UseModelAsync(job, "step-000009", At(source, 9), Token);

        Assert.False(await Store.Journal.RemoveCheckpointAsync(source, 3, evenIfUsed: false, Token));
        Assert.True(await Store.Journal.RemoveCheckpointAsync(source, 6, evenIfUsed: false, Token));
        Assert.True(await Store.Journal.RemoveCheckpointAsync(source, 9, evenIfUsed: true, Token)); // damaged
        Assert.Equal([3], (await Store.Journal.ListCheckpointsAsync(source.JobId, Token)).Select(checkpoint => checkpoint.Step));
        Assert.Equal(["step-000003", "step-000009"], await Store.Journal.ListUsedFoldersAsync(source.JobId, Token));

        await Store.Leases.ReleaseAsync(job, Token); // it waits for a worker
        Assert.False(await Store.Journal.RemoveCheckpointAsync(source, 3, evenIfUsed: false, Token));
        await Store.Catalog.RequestCancelAsync(job.JobId, Token);
        Assert.True(await Store.Journal.RemoveCheckpointAsync(source, 3, evenIfUsed: false, Token));
        Assert.Empty(await Store.Journal.ListUsedFoldersAsync(source.JobId, Token));
    }

    [Fact]
    public async Task Use_ACheckpointThatIsNoLongerRecorded_IsRefused()
    {
        JobLease source = await WithCheckpointsAsync(3);
        JobLease job = await StartAsync(JobState.Preparing);
        Assert.Null(await Store.Journal.UseModelAsync(job, Best, At(source, 6), Token));
        Assert.Null(await Store.Journal.UseModelAsync(job, Best, At(source, 3) with { Folder = "step-000003.7" }, Token)); // of another time
        Assert.Null(await Store.Journal.FindModelAsync(job.JobId, Best, Token));
    }

    [Fact]
    public async Task Use_OfAJobThatTheStoreDoesNotKnow_IsRecorded()
    {
        JobLease job = await StartAsync(JobState.Preparing);
        var other = new UsedCheckpoint(new JobId("elsewhere"), 3, "step-000003");
        Assert.Equal(other, await Store.Journal.UseModelAsync(job, Best, other, Token));
    }

    [Fact]
    public async Task UseAndRemove_AtOnce_OneOfThemSeesTheOther()
    {
        for (int round = 0; round < 10; round++)
        {
            JobLease source = await WithCheckpointsAsync(3);
            JobLease job = await StartAsync(JobState.Preparing);
            bool[] done = await RaceAsync(2, async (store, racer) => racer == 0
                ? await store.Journal.UseModelAsync(job, Best, At(source, 3), Token) is not null
                : await store.Journal.RemoveCheckpointAsync(source, 3, evenIfUsed: false, Token));
            Assert.Single(done, won => won);
        }
    }

    private async Task<JobLease> WithCheckpointsAsync(params int[] steps)
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        foreach (int step in steps)
        {
            await Store.Journal.AddCheckpointAsync(lease, new JobCheckpoint(step, $"/data/jobs/{lease.JobId.Value}/checkpoints/step-{step:D6}", Clock.GetUtcNow(), step), Token);
        }

        return lease;
    }

    private static UsedCheckpoint At(JobLease source, int step) => new(source.JobId, step, $"step-{step:D6}");
}
