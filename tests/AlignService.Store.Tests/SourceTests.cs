using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Which jobs need a model or a dataset, and that nothing goes that one needs.</summary>
public abstract class SourceTests : StoreTest
{
    private const string Models = "/data/models";
    private static readonly StoredName Policy = new(StoredName.Models, "policy"), Judge = new(StoredName.Models, "judge"), Rows = new(StoredName.Datasets, "rows");

    private int _count;

    [Fact]
    public async Task Remove_WhatAJobNames_IsRefusedUntilItHasEnded()
    {
        JobId id = await CreateAsync("models/policy", "models/judge", "datasets/rows");
        foreach (StoredName name in (StoredName[])[Policy, Judge, Rows])
        {
            ResourceInUseException used = await Assert.ThrowsAsync<ResourceInUseException>(() => RemoveAsync(name));
            Assert.Equal((name, id.ResourceName), (used.Name, used.User));
        }

        Assert.True(await RemoveAsync(new(StoredName.Models, "polic")));
        Assert.True(await RemoveAsync(new(StoredName.Datasets, "policy")));
        await Store.Catalog.RequestPauseAsync(id, Token);
        await Assert.ThrowsAsync<ResourceInUseException>(() => RemoveAsync(Policy));
        await Store.Catalog.RequestCancelAsync(id, Token);
        foreach (StoredName name in (StoredName[])[Policy, Judge, Rows])
        {
            Assert.True(await RemoveAsync(name));
        }
    }

    [Theory]
    [InlineData($"{Models}/policy", true)]
    [InlineData($"{Models}/policy/", true)]
    [InlineData($"{Models}/policy/below/it", true)]
    [InlineData($"{Models}/policy2", false)]
    [InlineData("/elsewhere/models/policy", false)]
    [InlineData("%", false)]
    public async Task Remove_WhatAJobNamesByPath_IsRefused(string model, bool isUsed)
    {
        await CreateAsync(model);
        if (isUsed)
        {
            await Assert.ThrowsAsync<ResourceInUseException>(() => RemoveAsync(Policy));
        }
        else
        {
            Assert.True(await RemoveAsync(Policy));
        }
    }

    /// <summary>The checkpoint of an adapter lies over the model that its job started from.</summary>
    [Fact]
    public async Task Remove_WhatTheJobOfACheckpointNamed_IsRefused()
    {
        JobId first = await CreateAsync("models/policy");
        JobId second = await CreateAsync($"{first.ResourceName}/checkpoints/best");
        JobId third = await CreateAsync($"{second.ResourceName}/checkpoints/step-000010");
        await Store.Catalog.RequestCancelAsync(first, Token);
        await Store.Catalog.RequestCancelAsync(second, Token);

        Assert.Equal(third.ResourceName, (await Assert.ThrowsAsync<ResourceInUseException>(() => RemoveAsync(Policy))).User);
        await Store.Catalog.RequestCancelAsync(third, Token);
        Assert.True(await RemoveAsync(Policy));
    }

    [Fact]
    public async Task Create_WhatIsNotConfirmed_IsNotCreatedAndOthersAre()
    {
        var id = new JobId("refused");
        Task<Job> refused = Store.Catalog.CreateAsync(id, SpecOn("models/policy"), null, Token, confirm: _ => RequirePolicy(isThere: false));
        JobId made = await CreateAsync("models/judge");

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => refused);
        Assert.Null(await Store.Catalog.FindAsync(id, Token));
        Assert.NotNull(await Store.Catalog.FindAsync(made, Token));
    }

    [Fact]
    public async Task CreateAll_OneIsNotConfirmed_NoneIsCreated()
    {
        PlannedJob[] planned = [new(new JobId("first"), SpecOn("models/judge"), null), new(new JobId("second"), SpecOn("models/policy"), null)];
        int asked = 0;

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => Store.Catalog.CreateAllAsync(planned, Token, confirm: _ => RequirePolicy(++asked < 2)));

        Assert.Empty((await Store.Catalog.ListAsync([], 10, null, Token)).Jobs);
    }

    [Fact]
    public async Task CreateFork_NotConfirmed_IsNotCreated()
    {
        var fork = new NewFork(new JobFork("jobs/source/checkpoints/step-000004", 4, KeepsState: false, "asked"), null);

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => Store.Catalog.CreateForkAsync(new JobId("fork"), SpecOn("models/policy"), fork, null, Token, confirm: _ => RequirePolicy(isThere: false)));

        Assert.Empty((await Store.Catalog.ListAsync([], 10, null, Token)).Jobs);
    }

    /// <summary>While a job has succeeded its models may be deleted.</summary>
    [Fact]
    public async Task Extend_NotConfirmed_StaysSucceeded()
    {
        JobId id = await CreateAsync("models/policy");
        JobLease lease = await ClaimAsync(id);
        foreach (JobState state in new[] { JobState.Preparing, JobState.Running, JobState.Succeeded })
        {
            await Store.Leases.TransitionAsync(lease, state, null, "", Token);
        }

        await Store.Leases.ReleaseAsync(lease, Token);

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => Store.Catalog.ExtendAsync(id, SpecOn("models/policy"), 30, Token, confirm: _ => RequirePolicy(isThere: false)));

        Assert.Equal(JobState.Succeeded, (await FindAsync(id)).State);
        Assert.Equal(JobState.Queued, (await Store.Catalog.ExtendAsync(id, SpecOn("models/policy"), 30, Token)).State);
    }

    /// <summary>Whatever the order, a job is created only while its model is there, and its model goes only without it.</summary>
    [Fact]
    public async Task CreateAndRemove_InARace_NeverLeaveAJobWithoutItsModel()
    {
        for (int round = 0; round < 10; round++)
        {
            bool isThere = true;
            int created = 0;
            await RaceAsync(4, async (store, index) =>
            {
                try
                {
                    if (index == 0)
                    {
                        await store.Sources.RemoveUnusedAsync(ProjectId.Default, Policy, $"{Models}/policy", () => Volatile.Write(ref isThere, false), Token);
                    }
                    else
                    {
                        var id = new JobId($"race-{round}-{index}");
                        await store.Catalog.CreateAsync(id, SpecOn("models/policy"), null, Token, confirm: _ => RequirePolicy(Volatile.Read(ref isThere)));
                        Interlocked.Increment(ref created);
                    }
                }
                catch (AlignException refused) when (refused is ResourceInUseException or ResourceNotFoundException)
                {
                    // One of the two.
                }

                return true;
            });
            Assert.True(isThere == created > 0, $"{created} jobs were created, and the model {(isThere ? "stayed" : "went")}");
            foreach (Job job in (await Store.Catalog.ListAsync([JobState.Queued], 10, null, Token)).Jobs)
            {
                await Store.Catalog.RequestCancelAsync(job.Id, Token);
            }
        }
    }

    private static void RequirePolicy(bool isThere)
    {
        if (!isThere)
        {
            throw ResourceNotFoundException.Of(Policy);
        }
    }

    private async Task<bool> RemoveAsync(StoredName name)
    {
        bool isRemoved = false;
        await Store.Sources.RemoveUnusedAsync(ProjectId.Default, name, $"/data/{name}", () => isRemoved = true, Token);
        return isRemoved;
    }

    private async Task<JobId> CreateAsync(string model, string reward = "", string data = "")
    {
        var id = new JobId($"job-{++_count:D4}");
        await Store.Catalog.CreateAsync(id, SpecOn(model, reward, data), null, Token);
        return id;
    }

    private static JobSpec SpecOn(string model, string reward = "", string data = "") => new()
    {
        Kind = new GrpoJob
        {
            Model = model,
            Prompts = new PromptSourceConfig { File = data.Length > 0 ? data : null },
            Rewards = reward.Length > 0 ? [new RewardModelConfig { Name = "judge", Model = reward }] : [new ExactMatchConfig { Name = "exact" }],
            Config = new GrpoConfig { StepCount = 10 },
        },
    };
}
