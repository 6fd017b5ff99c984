using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Settings;
using AlignService.Store;
using AlignService.Store.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>The job engine on a SQLite file and a data folder of its own, with a clock that stands still.</summary>
public abstract class EngineTest : IAsyncLifetime
{
    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected string Folder { get; } = Directory.CreateTempSubdirectory("align-jobs-").FullName;

    protected IJobStore Store { get; private set; } = null!;

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

    internal JobWorker Worker(FakeTrainingRunFactory runs, IJobStore? store = null, ICheckpointStore? checkpoints = null, JobWorkerOptions? options = null) =>
        new(store ?? Store, checkpoints ?? Checkpoints, runs, options ?? new JobWorkerOptions(), Clock, NullLogger<JobWorker>.Instance);

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
        await Store.CreateAsync(id, spec, null, Token);
        return id;
    }

    protected async Task<Job> FindAsync(JobId id) => (await Store.FindAsync(id, Token))!;

    protected Task<IReadOnlyList<JobEvent>> EventsAsync(JobId id) => Store.ReadEventsAsync(id, 0, 10_000, Token);

    /// <summary>Moves the clock second by second: what waits may have looked at it just before.</summary>
    protected async Task AdvanceUntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Token);
        }
    }

    /// <summary>What a user sees of an event stream, without what belongs to the attempt: steps, kinds, keys and numbers that must repeat.</summary>
    internal static string[] Story(IEnumerable<JobEvent> events) =>
    [
        .. events
            .Where(item => item.Body is not (StateChanged or Resumed))
            .Select(item => $"{item.Step} {JobJson.KindOf(item.Body)} {item.Key} {Numbers(item.Body)}"),
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
