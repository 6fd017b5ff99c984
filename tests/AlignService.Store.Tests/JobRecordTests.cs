using System.Globalization;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Jobs as records: made once, found, listed.</summary>
public abstract class JobRecordTests : StoreTest
{
    [Fact]
    public async Task Create_NewJob_IsQueuedWithItsWholeSpec()
    {
        JobSpec spec = Spec() with { Labels = new Dictionary<string, string> { ["team"] = "a\0b \"é\" 漢" }, Limits = new JobLimits { MaxDuration = TimeSpan.FromHours(2) } };
        Job made = await Store.Catalog.CreateAsync(new JobId("first-job"), spec, null, Token);

        Job found = await FindAsync(made.Id);
        Assert.Equal(JobState.Queued, found.State);
        Assert.Equal(Clock.GetUtcNow(), found.CreateTime);
        Assert.Null(found.Lease);
        Assert.Equal(JobSpecWire.ToJson(spec), JobSpecWire.ToJson(found.Spec));
    }

    [Fact]
    public async Task Create_SameRequestIdAgain_ReturnsTheFirstJob()
    {
        JobSpec spec = Spec() with { Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } };
        JobSpec reordered = spec with { Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } };
        Job first = await Store.Catalog.CreateAsync(new JobId("first-job"), spec, "r1", Token);
        Job again = await Store.Catalog.CreateAsync(new JobId("second-job"), reordered, "r1", Token);

        Assert.Equal(first.Id, again.Id);
        Assert.Null(await Store.Catalog.FindAsync(new JobId("second-job"), Token));
    }

    [Fact]
    public async Task Create_SameRequestIdByManyAtOnce_MakesOneJob()
    {
        Job[] jobs = await RaceAsync(8, (store, index) => store.Catalog.CreateAsync(new JobId($"racing-{index}"), Spec(), "r1", Token));

        Assert.Single(jobs.Select(job => job.Id).Distinct());
        Assert.Single((await Store.Catalog.ListAsync([], 50, null, Token)).Jobs);
    }

    [Fact]
    public async Task Create_ByManyAtOnce_FillsTheQueueExactly()
    {
        bool[] made = await RaceAsync(24, async (store, index) =>
        {
            try
            {
                await store.Catalog.CreateAsync(new JobId($"racing-{index}"), Spec(), null, Token, maxQueued: 10);
                return true;
            }
            catch (QueueFullException full)
            {
                Assert.Equal(10, full.Limit);
                return false;
            }
        });

        Assert.Equal(10, made.Count(one => one));
        Assert.Equal(10, (await Store.Catalog.ListAsync([JobState.Queued], 100, null, Token)).Jobs.Count);

        // What leaves the queue makes room.
        await Store.Catalog.RequestCancelAsync((await Store.Catalog.ListAsync([JobState.Queued], 1, null, Token)).Jobs[0].Id, Token);
        await Store.Catalog.CreateAsync(new JobId("one-more"), Spec(), null, Token, maxQueued: 10);
        await Assert.ThrowsAsync<QueueFullException>(() => Store.Catalog.CreateAsync(new JobId("too-many"), Spec(), null, Token, maxQueued: 10));
    }

    /// <summary>Requests that are carried out together keep their own answers.</summary>
    [Fact]
    public async Task Create_ManyAtOnceWithFaultsAmongThem_AnswersEachForItself()
    {
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async index =>
        {
            try
            {
                JobSpec spec = index % 4 == 1 ? Spec(new JobId("nobody")) : Spec() with { Seed = index % 4 == 2 ? (ulong)index : 1 };
                return (await Store.Catalog.CreateAsync(new JobId($"job-{index:000}"), spec, index % 4 > 1 ? $"request-{index % 4}" : null, Token)).Id.Value;
            }
            catch (Exception exception) when (exception is JobNotFoundException or RequestIdReusedException)
            {
                return exception.GetType().Name;
            }
        }));

        Assert.All(answers.Where((_, index) => index % 4 == 0), (answer, at) => Assert.Equal($"job-{at * 4:000}", answer));
        Assert.All(answers.Where((_, index) => index % 4 == 1), answer => Assert.Equal(nameof(JobNotFoundException), answer));
        Assert.Equal(9, answers.Where((_, index) => index % 4 == 2).Count(answer => answer == nameof(RequestIdReusedException)));
        Assert.Single(answers.Where((_, index) => index % 4 == 3).Distinct());
        Assert.Equal(12, (await Store.Catalog.ListAsync([], 100, null, Token)).Jobs.Count);
    }

    /// <summary>More than one statement holds; the queue is in the order of the requests.</summary>
    [Fact]
    public async Task Create_HundredsAtOnce_KeepsTheirOrderAndTheirData()
    {
        await Store.Catalog.CreateAsync(new JobId("job-150"), Spec(), null, Token);
        Task<Job>[] all = [.. Enumerable.Range(0, 200).Select(i => Store.Catalog.CreateAsync(new JobId($"job-{i:000}"), WithPrompt($"what is {i}?"), null, Token))];

        await Assert.ThrowsAsync<StoreException>(() => all[150]);
        foreach (Task<Job> one in all.Where((_, i) => i != 150))
        {
            Job made = await one;
            Assert.Equal(JobState.Queued, made.State);
            Assert.Equal(JobSpecWire.ToJson((await FindAsync(made.Id)).Spec), JobSpecWire.ToJson(made.Spec));
            Assert.Equal($"what is {int.Parse(made.Id.Value[4..], CultureInfo.InvariantCulture)}?", ((GrpoJob)(await Store.Catalog.ReadSpecAsync(made.Id, Token)).Kind).Prompts.Inline[0].Text);
        }

        string[] expected = [.. Enumerable.Range(0, 200).Where(i => i != 150).Select(i => $"job-{i:000}")];
        Assert.Equal(expected, (await Store.Catalog.ListAsync([], 500, null, Token)).Jobs.Select(job => job.Id.Value).Where(id => id != "job-150").Reverse());
    }

    [Fact]
    public async Task Create_WithInlineData_KeepsItApartFromWhatIsReadOften()
    {
        JobSpec spec = Spec() with { Kind = ((GrpoJob)Spec().Kind) with { Prompts = new PromptSourceConfig { Inline = [.. Enumerable.Range(0, 500).Select(i => new Prompt(i, $"what is {i}?", null, "4"))] } } };
        Job made = await Store.Catalog.CreateAsync(new JobId("first-job"), spec, "r1", Token);

        PromptSourceConfig brief = ((GrpoJob)(await FindAsync(made.Id)).Spec.Kind).Prompts;
        Assert.Equal((0, 500, 64), (brief.Inline.Count, brief.InlineCount, brief.InlineSha256.Length));
        Assert.Equal(JobSpecWire.ToJson(spec), JobSpecWire.ToJson(await Store.Catalog.ReadSpecAsync(made.Id, Token)));
        Assert.Equal(made.Id, (await Store.Catalog.CreateAsync(new JobId("second-job"), spec, "r1", Token)).Id);
        JobSpec other = spec with { Kind = ((GrpoJob)spec.Kind) with { Prompts = new PromptSourceConfig { Inline = [.. Enumerable.Range(0, 500).Select(i => new Prompt(i, $"what is {i}!", null, "4"))] } } };
        await Assert.ThrowsAsync<RequestIdReusedException>(() => Store.Catalog.CreateAsync(new JobId("third-job"), other, "r1", Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.ReadSpecAsync(new JobId("nobody"), Token));
    }

    [Fact]
    public async Task Create_RequestIdWithAnotherSpec_IsRefused()
    {
        await Store.Catalog.CreateAsync(new JobId("first-job"), Spec(), "r1", Token);
        RequestIdReusedException error = await Assert.ThrowsAsync<RequestIdReusedException>(
            () => Store.Catalog.CreateAsync(new JobId("second-job"), Spec() with { Seed = 2 }, "r1", Token));
        Assert.Contains("jobs/first-job", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_AfterUnknownJob_IsRefusedAndMakesNothing()
    {
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.CreateAsync(new JobId("first-job"), Spec(new JobId("nobody")), null, Token));
        Assert.Null(await Store.Catalog.FindAsync(new JobId("first-job"), Token));
    }

    [Fact]
    public async Task List_InPages_GivesEveryJobOnceNewestFirst()
    {
        var ids = new List<JobId>();
        for (int count = 0; count < 7; count++)
        {
            ids.Add(await QueueAsync());
        }

        var seen = new List<JobId>();
        string? token = null;
        do
        {
            JobPage page = await Store.Catalog.ListAsync([], 3, token, Token);
            Assert.InRange(page.Jobs.Count, 1, 3);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            token = page.NextPageToken;
        }
        while (token is not null);

        ids.Reverse();
        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task List_JobsOfOneInstant_AreNotLostBetweenPages()
    {
        for (int count = 0; count < 5; count++)
        {
            await Store.Catalog.CreateAsync(new JobId($"same-{count}"), Spec(), null, Token);
        }

        JobPage first = await Store.Catalog.ListAsync([], 2, null, Token);
        JobPage second = await Store.Catalog.ListAsync([], 2, first.NextPageToken, Token);
        JobPage third = await Store.Catalog.ListAsync([], 2, second.NextPageToken, Token);
        Assert.Null(third.NextPageToken);
        Assert.Equal(5, first.Jobs.Concat(second.Jobs).Concat(third.Jobs).Select(job => job.Id).Distinct().Count());
    }

    [Fact]
    public async Task List_ByStates_GivesOnlyThose()
    {
        JobLease running = await StartAsync(JobState.Preparing, JobState.Running);
        JobId queued = await QueueAsync();

        Assert.Equal([running.JobId], (await Store.Catalog.ListAsync([JobState.Running, JobState.Failed], 10, null, Token)).Jobs.Select(job => job.Id));
        Assert.Equal([queued], (await Store.Catalog.ListAsync([JobState.Queued], 10, null, Token)).Jobs.Select(job => job.Id));
    }

    [Theory]
    [InlineData("not a token")]
    [InlineData("W10")]
    [InlineData("WzIsMSwiYSIsIiJd")]
    public async Task List_ForeignToken_IsRefused(string token) =>
        await Assert.ThrowsAsync<PageTokenException>(() => Store.Catalog.ListAsync([], 10, token, Token));

    [Fact]
    public async Task List_TokenOfAnotherList_IsRefused()
    {
        await QueueAsync();
        await QueueAsync();
        JobPage page = await Store.Catalog.ListAsync([JobState.Queued], 1, null, Token);
        await Assert.ThrowsAsync<PageTokenException>(() => Store.Catalog.ListAsync([JobState.Failed], 1, page.NextPageToken, Token));
    }

    [Fact]
    public async Task Unknown_Job_IsNamedInTheError()
    {
        var nobody = new JobId("nobody");
        Assert.Null(await Store.Catalog.FindAsync(nobody, Token));
        Assert.Contains("jobs/nobody", (await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Catalog.RequestCancelAsync(nobody, Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Journal.ReadEventsAsync(nobody, 0, 10, Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => Store.Journal.ListCheckpointsAsync(nobody, Token));
        Assert.Null(await Store.Leases.ClaimAsync(nobody, "w1", LeaseDuration, Token));
    }

    [Fact]
    public async Task Migrate_ByManyAtOnceAndAgain_Works()
    {
        await RaceAsync(6, async (store, _) =>
        {
            await store.MigrateAsync(Token);
            return true;
        });
        await QueueAsync();
    }

    private static JobSpec WithPrompt(string text) => Spec() with { Kind = ((GrpoJob)Spec().Kind) with { Prompts = new PromptSourceConfig { Inline = [new Prompt(0, text, null, null)] } } };
}
