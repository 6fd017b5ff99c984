using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Jobs that begin with what another has left, and jobs that go on after their end.</summary>
public abstract class JobForkTests : StoreTest
{
    private static readonly JobId Fork = new("the-fork");

    [Fact]
    public async Task CreateFork_WithState_BeginsWhereTheCheckpointStands()
    {
        await Store.Catalog.ReserveFolderAsync(Fork, TimeSpan.FromHours(1), Token);
        Job created = await CreateAsync("r1", "asked");

        Job found = await FindAsync(Fork);
        Assert.Equal(new JobFork("jobs/source/checkpoints/step-000004", 4, KeepsState: true, "asked"), found.Fork);
        Assert.Equal((4, 2, JobState.Queued), (found.CompletedSteps, found.RollbackCount, found.State));
        Assert.Equal("/data/the-fork/step-000004", Assert.Single(await Store.Journal.ListCheckpointsAsync(Fork, Token)).Directory);
        Assert.Equal(0.5, ((MetricPoints)Assert.Single(await Store.Journal.ReadMetricsAsync(Fork, "evaluation", 4, Token)).Body).Values["eval/score"]);
        Assert.Contains("goes on after step 4", ((LogMessage)(await Store.Journal.ReadEventsAsync(Fork, 1, 10, Token)).Single().Body).Text, StringComparison.Ordinal);

        // The folder is the job's: nobody sweeps it, however late.
        Clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await Store.Catalog.ListDeletedAsync(Token));
        Assert.Equal(created.Id, (await CreateAsync("r1", "asked")).Id);
        Assert.Equal(created.Id, (await Store.Catalog.FindForkByRequestAsync("r1", "asked", Token))!.Id);
        await Assert.ThrowsAsync<RequestIdReusedException>(() => Store.Catalog.FindForkByRequestAsync("r1", "asked otherwise", Token));
        await Assert.ThrowsAsync<RequestIdReusedException>(() => Store.Catalog.CreateAsync(new JobId("another"), Spec(), "r1", Token));
        Assert.Null(await Store.Catalog.FindForkByRequestAsync("r2", "asked", Token));
    }

    /// <summary>Best may be another one by now; the optimizer's state belongs to the one that it was.</summary>
    [Fact]
    public async Task CreateFork_WithState_HasTheModelsThatTheSourceBeganWith()
    {
        const string name = "jobs/other-job/checkpoints/best";
        var used = new UsedCheckpoint(new JobId("other-job"), 3, "step-000003");
        await Store.Catalog.CreateAsync(new JobId("source"), Spec(), null, Token);
        await Store.Journal.UseModelAsync(await ClaimAsync(new JobId("source")), name, used, Token);
        await CreateAsync("r1", "asked");
        Assert.Equal(used, await Store.Journal.FindModelAsync(Fork, name, Token));
    }

    [Fact]
    public async Task ReservedFolder_OfAForkThatNeverCame_IsSweptWhenItsTimeIsUp()
    {
        await Store.Catalog.ReserveFolderAsync(Fork, TimeSpan.FromHours(1), Token);
        Assert.Empty(await Store.Catalog.ListDeletedAsync(Token));
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([Fork], await Store.Catalog.ListDeletedAsync(Token));
    }

    [Fact]
    public async Task Extend_SucceededJob_IsQueuedAndMayRunAgain()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await Store.Journal.AppendAsync(lease, 10, 10, [], Token);
        await Assert.ThrowsAsync<InvalidTransitionException>(() => ExtendAsync(lease.JobId));
        await Store.Leases.TransitionAsync(lease, JobState.Succeeded, null, "all steps are done", Token);
        InvalidTransitionException held = await Assert.ThrowsAsync<InvalidTransitionException>(() => ExtendAsync(lease.JobId));
        Assert.Contains("has not exited", held.Message, StringComparison.Ordinal);
        await Store.Leases.ReleaseAsync(lease, Token);

        await ExtendAsync(lease.JobId);
        Job job = await FindAsync(lease.JobId);
        Assert.Equal((JobState.Queued, 10, 25, null), (job.State, job.CompletedSteps, job.TotalSteps, job.EndTime));
        Assert.Equal(25, ((GrpoJob)job.Spec.Kind).Config.StepCount);
        Assert.Equal(25, ((GrpoJob)(await Store.Catalog.ReadSpecAsync(job.Id, Token)).Kind).Config.StepCount);
        Assert.Equal(2, (await FindAsync((await ClaimAsync(job.Id, "w2")).JobId)).Attempt);
        await Assert.ThrowsAsync<InvalidTransitionException>(() => ExtendAsync(job.Id));
    }

    [Fact]
    public async Task Extend_KeepsTheRowsThatWereGivenInline()
    {
        GrpoJob kind = (GrpoJob)Spec().Kind;
        var spec = Spec() with { Kind = kind with { Prompts = kind.Prompts with { File = null, Inline = [new Prompt(0, "2 + 2 =", null, null)] } } };
        var id = new JobId("inline-job");
        await Store.Catalog.CreateAsync(id, spec, null, Token);
        JobLease lease = await ClaimAsync(id);
        foreach (JobState state in new[] { JobState.Preparing, JobState.Running, JobState.Succeeded })
        {
            await Store.Leases.TransitionAsync(lease, state, null, "", Token);
        }

        await Store.Leases.ReleaseAsync(lease, Token);
        await Store.Catalog.ExtendAsync(id, spec with { Kind = ((GrpoJob)spec.Kind) with { Config = new GrpoConfig { StepCount = 30 } } }, 30, Token);
        GrpoJob read = (GrpoJob)(await Store.Catalog.ReadSpecAsync(id, Token)).Kind;
        Assert.Equal(("2 + 2 =", 30), (Assert.Single(read.Prompts.Inline!).Text, read.Config.StepCount));
    }

    private Task<Job> CreateAsync(string requestId, string asked)
    {
        var evaluation = JobEvent.New(4, "evaluation", new MetricPoints(new Dictionary<string, double> { ["eval/score"] = 0.5 }));
        var state = new ForkedState(new JobId("source"), new JobCheckpoint(4, "/data/the-fork/step-000004", Clock.GetUtcNow(), 0.5), RollbackCount: 2, [evaluation]);
        return Store.Catalog.CreateForkAsync(Fork, Spec(), new NewFork(new JobFork("jobs/source/checkpoints/step-000004", 4, KeepsState: true, asked), state), requestId, Token);
    }

    private Task<Job> ExtendAsync(JobId id)
    {
        GrpoJob kind = (GrpoJob)Spec().Kind;
        return Store.Catalog.ExtendAsync(id, Spec() with { Kind = kind with { Config = kind.Config with { StepCount = 25 } } }, 25, Token);
    }
}
