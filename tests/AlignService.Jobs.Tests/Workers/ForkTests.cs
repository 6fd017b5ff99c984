using AlignService.Jobs.Events;
using AlignService.Jobs.Forks;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Jobs that go on from what another left.</summary>
public sealed class ForkTests : EngineTest
{
    [Fact]
    public async Task Fork_GoesOnAsTheSourceWould_EvenIfThatIsDeleted()
    {
        JobId undisturbed = await QueueAsync(), source = await FailedAtStep8Async();
        await Worker(new FakeTrainingRunFactory()).RunAsync(undisturbed, "w1", Token);
        JobId fork = await ForkAsync(source, step: 6);
        await Store.Catalog.DeleteAsync(source, Token);
        Checkpoints.RemoveJob(source);

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new FakeTrainingRunFactory()).RunAsync(fork, "w1", Token));
        string[] expected = [.. Story(await EventsAsync(undisturbed)).Where(line => Step(line) > 6 && !line.Contains("checkpoint", StringComparison.Ordinal))];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Story(await EventsAsync(fork)).Where(line => Step(line) > 6 && !line.Contains("checkpoint", StringComparison.Ordinal)));
        Assert.Equal(10, (await FindAsync(fork)).CompletedSteps);

        // What patience counts has come along.
        Assert.Equal([0, 2, 4, 6, 8, 10], (await Store.Journal.ReadMetricsAsync(fork, "evaluation", 10, Token)).Select(item => item.Step));
    }

    /// <summary>From the start it would be another job.</summary>
    [Fact]
    public async Task Fork_WhoseStartIsDamaged_FailsAndDoesNotBeginAgain()
    {
        JobId fork = await ForkAsync(await FailedAtStep8Async(), step: 6);
        string directory = Assert.Single(await Store.Journal.ListCheckpointsAsync(fork, Token)).Directory;
        await File.AppendAllTextAsync(Path.Combine(directory, "state.txt"), "x", Token);
        Assert.Equal(WorkerOutcome.Failed, await Worker(new FakeTrainingRunFactory()).RunAsync(fork, "w1", Token));
        Job failed = await FindAsync(fork);
        Assert.Contains("is damaged", failed.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("Fork again", failed.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await EventsAsync(fork), item => item.Body is MetricPoints && item.Step > 6);
    }

    /// <summary>The source prunes and removes as it likes: large files are shared, but a name that goes takes nothing from the other.</summary>
    [Fact]
    public async Task Fork_OfACheckpointThatHasGone_IsRefused()
    {
        JobId source = await FailedAtStep8Async();
        JobCheckpoint gone = (await Store.Journal.ListCheckpointsAsync(source, Token)).Single(checkpoint => checkpoint.Step == 6);
        Directory.Delete(gone.Directory, recursive: true);
        await Assert.ThrowsAsync<CheckpointException>(() => ForkAsync(source, step: 6));
        Assert.Equal([source.Value], Directory.GetDirectories(Path.Combine(Folder, "jobs")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Extended_GoesOnToTheNewEnd()
    {
        JobId undisturbed = await QueueAsync(), job = await QueueAsync();
        await Worker(new FakeTrainingRunFactory { StepCount = 14 }).RunAsync(undisturbed, "w1", Token);
        await Worker(new FakeTrainingRunFactory()).RunAsync(job, "w1", Token);
        await Store.Catalog.ExtendAsync(job, (await FindAsync(job)).Spec, 14, Token);
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new FakeTrainingRunFactory { StepCount = 14 }).RunAsync(job, "w2", Token));
        Assert.Equal(Metrics(await EventsAsync(undisturbed)), Metrics(await EventsAsync(job)));
        Assert.Contains((await EventsAsync(job)).Select(item => item.Body).OfType<Resumed>(), resumed => resumed is { FromStep: 10, Reason: "the job was extended" });

        static IEnumerable<string> Metrics(IEnumerable<JobEvent> events) => Story(events.Where(item => item is { Body: MetricPoints, Key: "" }));
    }

    /// <summary>The first try fails in a step; the next goes on from the checkpoint before.</summary>
    [Fact]
    public async Task InternalError_IsTriedAgain_FromTheLastCheckpoint()
    {
        JobId undisturbed = await QueueAsync(), job = await QueueAsync(new JobLimits { MaxAttempts = 2, RetryDelay = TimeSpan.FromSeconds(10) });
        await Worker(new FakeTrainingRunFactory()).RunAsync(undisturbed, "w1", Token);
        var failing = new FakeTrainingRunFactory { OnStep = FailAtStep8 };
        Assert.Equal(WorkerOutcome.Stopped, await Worker(failing).RunAsync(job, "w1", Token));
        Job waiting = await FindAsync(job);
        Assert.Equal((JobState.Queued, 1, null), (waiting.State, waiting.FailedAttempts, waiting.Lease));
        Assert.Equal(WorkerOutcome.NotRunnable, await Worker(failing).RunAsync(job, "w2", Token));

        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new FakeTrainingRunFactory()).RunAsync(job, "w3", Token));
        Assert.Equal(Story(await EventsAsync(undisturbed)).Where(line => !line.Contains("time/", StringComparison.Ordinal)).Order(), Story(await EventsAsync(job)).Where(line => !line.Contains("time/", StringComparison.Ordinal)).Order());
        Assert.Equal([AttemptOutcome.Failed, AttemptOutcome.Succeeded], (await Store.Journal.ListAttemptsAsync(job, 10, Token)).Select(attempt => attempt.Outcome!.Value));

        JobId twice = await QueueAsync(new JobLimits { MaxAttempts = 2, RetryDelay = TimeSpan.FromSeconds(10) });
        await Worker(failing).RunAsync(twice, "w1", Token);
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(WorkerOutcome.Failed, await Worker(failing).RunAsync(twice, "w2", Token));
        Assert.Equal((JobState.Failed, JobFailureReason.Internal), ((await FindAsync(twice)).State, (await FindAsync(twice)).Failure!.Reason));
    }

    /// <summary>A job with the checkpoints 3 and 6, whose trainer's state stays because it failed.</summary>
    private async Task<JobId> FailedAtStep8Async()
    {
        JobId id = await QueueAsync();
        var runs = new FakeTrainingRunFactory { OnStep = FailAtStep8 };
        Assert.Equal(WorkerOutcome.Failed, await Worker(runs).RunAsync(id, "w1", Token));
        return id;
    }

    private async Task<JobId> ForkAsync(JobId source, int step)
    {
        var id = new JobId($"fork-{Guid.NewGuid():N}");
        Job job = await FindAsync(source);
        JobCheckpoint checkpoint = (await Store.Journal.ListCheckpointsAsync(source, Token)).Single(recorded => recorded.Step == step);
        ForkedState state = await new ForkedStates(Store.Catalog, Store.Journal, Checkpoints).TakeAsync(id, job, checkpoint, Token);
        var fork = new JobFork($"{source.ResourceName}/checkpoints/{checkpoint.Name}", step, KeepsState: true, "");
        await Store.Catalog.CreateForkAsync(id, job.Spec, new NewFork(fork, state), null, Token);
        return id;
    }

    private static void FailAtStep8(int step, CancellationToken cancellationToken)
    {
        if (step == 8)
        {
            throw new InvalidOperationException("a fault of the machine");
        }
    }

    private static int Step(string line) => int.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), System.Globalization.CultureInfo.InvariantCulture);
}
