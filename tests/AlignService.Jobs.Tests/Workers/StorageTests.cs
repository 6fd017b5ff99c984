using AlignService.Jobs.Events;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>A disk that takes nothing for a while, at every call that writes: the job waits, says why, and ends as if nothing had happened.</summary>
public sealed class StorageTests : EngineTest
{
    private const int StepCount = 5;
    private const int Limit = 120_000;

    [Theory(Timeout = Limit)]
    [InlineData(5, "Input/output error")]
    [InlineData(28, "No space left on device")]
    [InlineData(30, "Read-only file system")]
    [InlineData(122, "Disk quota exceeded")]
    public async Task Run_CheckpointCannotBeWritten_WaitsAndGoesOn(int errno, string text)
    {
        JobId undisturbed = await QueueAsync();
        await Worker(new() { StepCount = StepCount }).RunAsync(undisturbed, "w1", TestContext.Current.CancellationToken);
        JobId id = await QueueAsync();
        int failures = 0;
        var runs = new FakeTrainingRunFactory
        {
            StepCount = StepCount,
            OnSave = step =>
            {
                if (step == 3 && ++failures <= 4)
                {
                    throw new IOException($"{text} : '/data'", errno);
                }
            },
        };

        Assert.Equal(WorkerOutcome.Succeeded, await WithTimePassingAsync(Worker(runs).RunAsync(id, "w1", TestContext.Current.CancellationToken)));

        Assert.Equal(5, failures);
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        LogMessage[] told = [.. Told(events)];
        Assert.Equal(2, told.Length);
        Assert.StartsWith($"the job is paused: the checkpoint of step 3 cannot be written ({text} : '/data').", told[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("the job goes on after ", told[1].Text, StringComparison.Ordinal);
        Assert.Equal(Lasting(await EventsAsync(undisturbed)), Lasting(events));
        Assert.Equal(["step-000003", "step-000005"], Directory.GetDirectories(Path.Combine(Folder, "jobs", id.Value, "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Each call to store and disk fails twice, one call after the other.</summary>
    [Fact(Timeout = Limit)]
    public async Task Run_AnyCallFails_WaitsAndGoesOn()
    {
        JobId undisturbed = await QueueAsync(keep: 0);
        await Worker(new() { StepCount = StepCount }).RunAsync(undisturbed, "w1", TestContext.Current.CancellationToken);
        string[] expected = Lasting(await EventsAsync(undisturbed));
        (string[] Steps, int FileCount) expectedRollouts = await RolloutsAsync(undisturbed);
        int faultCount = 0;
        for (int call = 1; ; call++)
        {
            JobId id = await QueueAsync(keep: 0);
            var faults = new StorageFaults(call);
            Task<WorkerOutcome> work = Worker(new() { StepCount = StepCount }, FaultyPorts.Around(Ports, faults)).RunAsync(id, "w1", TestContext.Current.CancellationToken);
            Assert.Equal(WorkerOutcome.Succeeded, await WithTimePassingAsync(work));
            Assert.Equal(expected, Lasting(await EventsAsync(id)));
            IReadOnlyList<JobCheckpoint> recorded = await Store.Journal.ListCheckpointsAsync(id, TestContext.Current.CancellationToken);
            Assert.Equal([5], recorded.Select(checkpoint => checkpoint.Step));
            Assert.Equal(recorded.Select(checkpoint => checkpoint.Directory), Directory.GetDirectories(Path.Combine(Folder, "jobs", id.Value, "checkpoints")));
            (string[] Steps, int FileCount) rollouts = await RolloutsAsync(id);
            Assert.Equal(expectedRollouts.Steps, rollouts.Steps);
            Assert.Equal(StepCount, rollouts.FileCount);
            if (faults.LeftCount == StorageFaults.PerCall)
            {
                break;
            }

            faultCount++;
        }

        Assert.InRange(faultCount, 15, 100);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_CancelledWhileItWaits_EndsCancelled()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        var held = new TaskCompletionSource();
        var runs = new FakeTrainingRunFactory
        {
            StepCount = StepCount,
            OnSave = _ =>
            {
                held.TrySetResult();
                throw new IOException("No space left on device", 28);
            },
        };
        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", token);
        await held.Task;
        await Store.Catalog.RequestCancelAsync(id, token);
        Assert.Equal(WorkerOutcome.Cancelled, await work);
        Assert.Empty(Directory.GetDirectories(Path.Combine(Folder, "jobs", id.Value, "checkpoints")));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_StoppedWhileItWaits_IsGivenBackAndGoesOnElsewhere()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var runs = new FakeTrainingRunFactory
        {
            StepCount = StepCount,
            OnSave = step =>
            {
                if (step == 5)
                {
                    stop.Cancel();
                    throw new IOException("No space left on device", 28);
                }
            },
        };
        Assert.Equal(WorkerOutcome.Stopped, await Worker(runs).RunAsync(id, "w1", stop.Token));
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Queued, null, 0), (job.State, job.Lease, job.LostWorkers));
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new() { StepCount = StepCount }).RunAsync(id, "w2", token));
    }

    /// <summary>Moves the clock from timer to timer, until the work is done.</summary>
    private async Task<WorkerOutcome> WithTimePassingAsync(Task<WorkerOutcome> work)
    {
        while (!work.IsCompleted)
        {
            Task timer = Clock.NextTimerAsync();
            if (!Clock.TryAdvanceToNextTimer())
            {
                await Task.WhenAny(work, timer);
            }
        }

        return await work;
    }

    private static IEnumerable<LogMessage> Told(IEnumerable<JobEvent> events) =>
        events.Where(item => item.Key.StartsWith("storage/", StringComparison.Ordinal)).Select(item => (LogMessage)item.Body);

    private static string[] Lasting(IEnumerable<JobEvent> events) =>
    [
        .. Story(events.Where(item => !item.Key.StartsWith("storage/", StringComparison.Ordinal)))
            .Where(line => !line.Contains(" metrics checkpoint", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];
}
