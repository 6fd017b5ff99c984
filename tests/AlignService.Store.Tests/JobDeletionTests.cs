using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>An ended job goes with everything of it; one that is needed stays.</summary>
public abstract class JobDeletionTests : StoreTest
{
    [Fact]
    public async Task Delete_EndedJob_LeavesNothing()
    {
        Job made = await Store.Catalog.CreateAsync(new JobId("first-job"), Spec(), "r1", Token);
        await Store.Catalog.RequestCancelAsync(made.Id, Token);
        await Store.Catalog.DeleteAsync(made.Id, Token);

        Assert.Null(await Store.Catalog.FindAsync(made.Id, Token));
        Assert.Empty((await Store.Catalog.ListAsync([], 50, null, Token)).Jobs);
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Journal.ReadEventsAsync(made.Id, 0, 10, Token));
        Assert.Equal([made.Id], await Store.Catalog.ListDeletedAsync(Token));
        await Store.Catalog.ForgetDeletedAsync(made.Id, Token);
        Assert.Empty(await Store.Catalog.ListDeletedAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.DeleteAsync(made.Id, Token));

        // Its request id makes a new job.
        Assert.Equal("second-job", (await Store.Catalog.CreateAsync(new JobId("second-job"), Spec(), "r1", Token)).Id.Value);
    }

    [Fact]
    public async Task Delete_JobThatHasNotEnded_IsRefused()
    {
        Job made = await Store.Catalog.CreateAsync(new JobId("first-job"), Spec(), null, Token);
        await Assert.ThrowsAsync<InvalidTransitionException>(() => Store.Catalog.DeleteAsync(made.Id, Token));
        Assert.Equal(JobState.Queued, (await FindAsync(made.Id)).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delete_JobThatAnotherNeeds_IsRefusedUntilThatHasEnded(bool after)
    {
        Job first = await Store.Catalog.CreateAsync(new JobId("first-job"), Spec(), null, Token);
        JobSpec second = after ? Spec() with { After = [first.Id] } : Spec() with { Kind = ((GrpoJob)Spec().Kind) with { Model = "jobs/first-job/checkpoints/last" } };
        await Store.Catalog.CreateAsync(new JobId("second-job"), second, null, Token);
        if (after)
        {
            await Store.Catalog.RequestPauseAsync(new JobId("second-job"), Token); // a job that can never run fails by itself
        }

        await Store.Catalog.RequestCancelAsync(first.Id, Token);
        JobInUseException refused = await Assert.ThrowsAsync<JobInUseException>(() => Store.Catalog.DeleteAsync(first.Id, Token));
        Assert.Contains("jobs/second-job", refused.Message, StringComparison.Ordinal);

        await Store.Catalog.RequestCancelAsync(new JobId("second-job"), Token);
        await Store.Catalog.DeleteAsync(first.Id, Token);
        Assert.NotNull(await Store.Catalog.FindAsync(new JobId("second-job"), Token));
    }
}
