using System.Security.Cryptography;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Store;
using AlignService.Store.Checkpoints;
using AlignService.Store.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>The job engine on a SQLite file and a data folder of its own, with a clock that stands still.</summary>
public abstract class EngineTest : IAsyncLifetime
{
    private protected AwaitableClock Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected string Folder { get; } = Directory.CreateTempSubdirectory("align-jobs-").FullName;

    protected JobStore Store { get; private set; } = null!;

    protected ICheckpointStore Checkpoints { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Store = StoreFactory.Open(Path.Combine(Folder, "align.db"), Clock);
        Checkpoints = new FileCheckpointStore(Folder, Clock);
        await Store.MigrateAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal JobWorkerPorts Ports => new(Store.Catalog, Store.Leases, Store.Journal, Checkpoints, new RolloutPorts(Store.Rollouts, new FileRolloutFiles(Folder)));

    internal JobWorker Worker(FakeTrainingRunFactory runs, JobWorkerPorts? ports = null, JobWorkerOptions? options = null) =>
        new(ports ?? Ports, runs, options ?? new JobWorkerOptions(), Clock, NullLogger<JobWorker>.Instance);

    protected async Task<JobId> QueueAsync(JobLimits? limits = null, int checkpointEvery = 3, int keep = 2, int evaluateEvery = 2, EvaluationConfig? evaluation = null, bool saveBest = false)
    {
        // Unlike that of any other test: telemetry is the whole process's.
        var id = new JobId($"job-{Guid.NewGuid():N}");
        var spec = new JobSpec
        {
            Limits = limits ?? new JobLimits(),
            Kind = new GrpoJob
            {
                Model = "model",
                Prompts = new PromptSourceConfig(),
                Rewards = [new ExactMatchConfig { Name = "exact" }],
                Config = new GrpoConfig(),
                Evaluation = (evaluation ?? new EvaluationConfig()) with { EverySteps = evaluateEvery },
                Checkpoint = new CheckpointPolicy { EverySteps = checkpointEvery, Keep = keep, SaveBest = saveBest },
            },
        };
        await Store.Catalog.CreateAsync(id, spec, null, Token);
        return id;
    }

    protected async Task<Job> FindAsync(JobId id) => (await Store.Catalog.FindAsync(id, Token))!;

    protected Task<IReadOnlyList<JobEvent>> EventsAsync(JobId id) => Store.Journal.ReadEventsAsync(id, 0, 10_000, Token);

    /// <summary>Moves the clock second by second, each time that somebody waits for it, until the job is as the condition asks.</summary>
    protected async Task AdvanceUntilAsync(JobId id, Func<Job, bool> condition)
    {
        while (!condition(await FindAsync(id)))
        {
            Task timer = Clock.NextTimerAsync();
            Clock.Advance(TimeSpan.FromSeconds(1));
            await timer.WaitAsync(Token);
        }
    }

    /// <summary>The job, once it is as the condition asks; nobody moves the clock meanwhile.</summary>
    protected async Task<Job> WaitForAsync(JobId id, Func<Job, bool> condition)
    {
        await using IJobChanges changes = await Store.Catalog.FollowAsync(id, Token);
        while (true)
        {
            Job job = await FindAsync(id);
            if (condition(job))
            {
                return job;
            }

            await changes.WaitAsync(TimeSpan.FromDays(1), Token);
        }
    }

    /// <summary>Every step's rollouts as the index names them, with a hash of the file; and how many files there are.</summary>
    private protected async Task<(string[] Steps, int FileCount)> RolloutsAsync(JobId id)
    {
        string folder = Path.Combine(Folder, "jobs", id.Value, "rollouts");
        IReadOnlyList<RolloutEntry> entries = await Store.Rollouts.ReadAsync(id, new RolloutFilter(), 10_000, Token);
        return ([.. entries.Select(entry => $"{entry.Step} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, entry.File))))}")], Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder).Length : 0);
    }

    /// <summary>What a user sees of an event stream, without what belongs to the attempt: steps, kinds, keys and numbers that must repeat.</summary>
    internal static string[] Story(IEnumerable<JobEvent> events) =>
    [
        .. events
            .Where(item => item.Body is not (StateChanged or Resumed))
            .Select(item => $"{item.Step} {EventKinds.NameOf(item.Body)} {item.Key} {Numbers(item.Body)}"),
    ];

    private static string Numbers(JobEventBody body) => body switch
    {
        MetricPoints metrics => string.Join(",", metrics.Values.Where(pair => !pair.Key.StartsWith("time/", StringComparison.Ordinal)).Select(pair => $"{pair.Key}={pair.Value:R}")),
        SampleCompletions samples => samples.Completions[0].Completion,
        CheckpointWritten written => $"{written.Checkpoint.Name} {written.Checkpoint.Score:R}",
        LogMessage message => message.Text,
        GuardianReport report => $"{report.Finding.Seen} {report.RolledBackTo} {report.LearningRateFactor:R}",
        Divergence divergence => $"{divergence.Metric} {divergence.First:R} {divergence.Again:R}",
        _ => "",
    };
}
