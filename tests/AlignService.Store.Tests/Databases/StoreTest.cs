using AlignService.Jobs;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Store.Tests.Databases;

/// <summary>An empty store for each test, on the database that the subclass names, with a clock that stands still.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    protected static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(30);

    private readonly List<JobStore> _stores = [];
    private string _connection = "";
    private int _jobCount;

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected JobStore Store { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connection = await NewDatabaseAsync();
        Store = OpenAnother();
        await Store.MigrateAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (JobStore store in _stores)
        {
            await store.DisposeAsync();
        }

        await RemoveDatabaseAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<string> NewDatabaseAsync();

    protected virtual Task RemoveDatabaseAsync() => Task.CompletedTask;

    /// <summary>The same database as another process sees it.</summary>
    protected JobStore OpenAnother(TimeProvider? time = null)
    {
        JobStore store = StoreFactory.Open(_connection, time ?? Clock);
        _stores.Add(store);
        return store;
    }

    /// <summary>Does the same from several "processes" at once, on threads of their own: SQLite's calls do not yield.</summary>
    protected Task<T[]> RaceAsync<T>(int count, Func<JobStore, int, Task<T>> work)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<T>[] racers = [.. Enumerable.Range(0, count).Select(index =>
        {
            JobStore store = OpenAnother();
            return Task.Run(async () =>
            {
                await start.Task;
                return await work(store, index);
            });
        })];
        start.SetResult();
        return Task.WhenAll(racers);
    }

    protected static JobSpec Spec(params JobId[] after) => new()
    {
        DisplayName = "a job",
        After = after,
        Seed = ulong.MaxValue,
        Kind = new GrpoJob
        {
            Model = "models/tiny",
            Prompts = new PromptSourceConfig { File = "prompts.jsonl" },
            Rewards = [new ExactMatchConfig { Name = "exact" }, new RewardModelConfig { Name = "judge", Model = "models/judge", Weight = 0.5 }],
            Config = new GrpoConfig { StepCount = 10 },
        },
    };

    /// <summary>Queues a job, a second later than the one before.</summary>
    protected async Task<JobId> QueueAsync(params JobId[] after)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        var id = new JobId($"job-{++_jobCount:D4}");
        await Store.Catalog.CreateAsync(id, Spec(after), null, Token);
        return id;
    }

    protected async Task<JobLease> ClaimAsync(JobId id, string worker = "w1")
    {
        JobLease? lease = await Store.Leases.ClaimAsync(id, worker, LeaseDuration, Token);
        Assert.NotNull(lease);
        return lease;
    }

    /// <summary>Queues a job, and moves it along its way under a lease.</summary>
    protected async Task<JobLease> StartAsync(params JobState[] states)
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        foreach (JobState state in states)
        {
            await Store.Leases.TransitionAsync(lease, state, null, "", Token);
        }

        return lease;
    }

    protected async Task<Job> FindAsync(JobId id) => (await Store.Catalog.FindAsync(id, Token))!;
}
