using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;
using AlignService.Specs.Settings;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Which jobs a list has and in which order, what jobs wait for, and how long they have to go.</summary>
public abstract class JobListTests : StoreTest
{
    [Fact]
    public async Task Filter_ByKindLabelsAndName_FindsThoseThatMeetAll()
    {
        await CreateAsync("grpo-one", Spec() with { DisplayName = "Sorting 100%", Labels = new Dictionary<string, string> { ["team"] = "a", ["try"] = "1" } });
        await CreateAsync("grpo-two", Spec() with { DisplayName = "sorting 100x", Labels = new Dictionary<string, string> { ["team"] = "a", ["try"] = "2" } });
        await CreateAsync("taught", Spec() with { DisplayName = "Taught", Labels = new Dictionary<string, string> { ["team"] = "b" }, Kind = new SupervisedJob { Model = "m", Examples = new ExampleSourceConfig { File = "x" }, Config = new ExampleTrainingConfig() } });

        Assert.Equal(["taught", "grpo-two", "grpo-one"], await NamesAsync(new JobFilter()));
        Assert.Equal(["taught"], await NamesAsync(new JobFilter { Kinds = ["supervised"] }));
        Assert.Equal(["grpo-two", "grpo-one"], await NamesAsync(new JobFilter { Kinds = ["grpo", "preference"] }));
        Assert.Equal(["grpo-two", "grpo-one"], await NamesAsync(Labelled(("team", "a"))));
        Assert.Equal(["grpo-one"], await NamesAsync(Labelled(("team", "a"), ("try", "1"))));
        Assert.Equal(["grpo-two", "grpo-one"], await NamesAsync(Labelled(("try", ""))));
        Assert.Empty(await NamesAsync(Labelled(("team", "c"))));
        Assert.Equal(["grpo-two", "grpo-one"], await NamesAsync(new JobFilter { DisplayName = "SORTING" }));
        Assert.Equal(["grpo-one"], await NamesAsync(new JobFilter { DisplayName = "100%" }));
        Assert.Empty(await NamesAsync(new JobFilter { DisplayName = "s_rting" }));

        static JobFilter Labelled(params (string Key, string Value)[] labels) => new() { Labels = labels.ToDictionary(label => label.Key, label => label.Value) };
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public async Task Order_ByScore_PutsTheBestFirstAndThoseWithoutOneLast(int pageSize)
    {
        await ScoredAsync("lowest", -0.5, -0.75);
        await ScoredAsync("none");
        await ScoredAsync("high", 0.25, 0.1);
        await ScoredAsync("later", 0.25);
        Assert.Equal(["later", "high", "lowest", "none"], await NamesAsync(new JobFilter { Order = JobOrder.Score }, pageSize));

        JobPage first = await Store.Catalog.ListAsync([], 1, null, Token, null, new JobFilter { Order = JobOrder.Score });
        Assert.Equal(0.25, first.Jobs[0].BestScore);
        await Assert.ThrowsAsync<PageTokenException>(() => Store.Catalog.ListAsync([], 1, first.NextPageToken, Token));
    }

    [Fact]
    public async Task Blockers_AreTheJobsThatMustSucceedFirst()
    {
        JobId first = await QueueAsync(), second = await QueueAsync(first), free = await QueueAsync();
        IReadOnlyDictionary<JobId, (JobId After, JobState State)> blockers = await Store.Catalog.FindBlockersAsync([first, second, free], Token);
        Assert.Equal((first, JobState.Queued), Assert.Single(blockers).Value);
        Assert.Empty(await Store.Catalog.FindBlockersAsync([], Token));
    }

    /// <summary>A step is what passes between two records of progress under one lease.</summary>
    [Fact]
    public async Task EstimatedEnd_FollowsThePaceOfTheLatestSteps()
    {
        JobLease lease = await StartAsync(JobState.Preparing, JobState.Running);
        await AppendAsync(0, seconds: 0);
        Assert.Null((await FindAsync(lease.JobId)).EstimatedEnd);
        await AppendAsync(1, seconds: 8);
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(9 * 8), (await FindAsync(lease.JobId)).EstimatedEnd);
        await AppendAsync(1, seconds: 1);
        await AppendAsync(3, seconds: 31);
        Job job = await FindAsync(lease.JobId);
        Assert.Equal(TimeSpan.FromSeconds(10), job.Pace); // 8 + (16 - 8) / 4
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(7 * 10), job.EstimatedEnd);

        // What passes between two workers is no step.
        await Store.Leases.ReleaseAsync(lease, Token);
        Assert.Null((await FindAsync(lease.JobId)).EstimatedEnd);
        Clock.Advance(TimeSpan.FromHours(1));
        lease = await ClaimAsync(lease.JobId, "w2");
        await Store.Leases.TransitionAsync(lease, JobState.Preparing, null, "", Token);
        await Store.Leases.TransitionAsync(lease, JobState.Running, null, "", Token);
        await AppendAsync(3, seconds: 0);
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(7 * 10), (await FindAsync(lease.JobId)).EstimatedEnd);

        async Task AppendAsync(int completed, int seconds)
        {
            Clock.Advance(TimeSpan.FromSeconds(seconds));
            await Store.Leases.RenewAsync(lease, TimeSpan.FromMinutes(5), Token);
            await Store.Journal.AppendAsync(lease, completed, 10, [], Token);
        }
    }

    private async Task ScoredAsync(string name, params double[] scores)
    {
        await CreateAsync(name, Spec());
        JobLease lease = await ClaimAsync(new JobId(name));
        for (int step = 1; step <= scores.Length; step++)
        {
            await Store.Journal.AddCheckpointAsync(lease, new JobCheckpoint(step, $"/{name}/{step}", Clock.GetUtcNow(), scores[step - 1]), Token);
        }
    }

    private async Task CreateAsync(string name, JobSpec spec)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Store.Catalog.CreateAsync(new JobId(name), spec, null, Token);
    }

    private async Task<List<string>> NamesAsync(JobFilter filter, int pageSize = 10)
    {
        List<string> names = [];
        string? token = null;
        do
        {
            JobPage page = await Store.Catalog.ListAsync([], pageSize, token, Token, null, filter);
            names.AddRange(page.Jobs.Select(job => job.Id.Value));
            token = page.NextPageToken;
        }
        while (token is not null);
        return names;
    }
}
