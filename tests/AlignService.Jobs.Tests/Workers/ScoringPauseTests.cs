using AlignService.Jobs.Events;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Jobs that pause because scores are missing, or while they wait for them: the story is the one of a job that never did.</summary>
public sealed class ScoringPauseTests : EngineTest
{
    private const int Limit = 60_000;
    private const string Reason = "reward judge did not answer";

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(10)]
    public async Task Run_AStepWithoutScores_PausesAndGoesOnWithIt(int step)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId undisturbed = await QueueAsync(checkpointEvery: 100);
        await Worker(new()).RunAsync(undisturbed, "w1", token);
        JobId id = await QueueAsync(checkpointEvery: 100);
        FakeTrainingRunFactory runs = new() { OnStep = (at, _) => ThrowIf(at == step) };

        Assert.Equal(WorkerOutcome.Paused, await Worker(runs).RunAsync(id, "w1", token));

        Job paused = await FindAsync(id);
        Assert.Equal((JobState.Paused, step - 1), (paused.State, paused.CompletedSteps));
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal(new LogMessage(LogSeverity.Warning, Reason), Assert.Single(events, item => item.Key == "pause/1").Body);
        Assert.Equal(Reason, events.Select(item => item.Body).OfType<StateChanged>().Last().Reason);
        Assert.Equal(step == 1 ? [] : [step - 1], (await Store.Journal.ListCheckpointsAsync(id, token)).Select(checkpoint => checkpoint.Step));

        await EndAsync(runs, id, undisturbed, token);
    }

    /// <summary>The steps since the last checkpoint are done again, because only the end of a step evaluates.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(10)]
    public async Task Run_AnEvaluationWithoutScores_PausesAndIsDoneLater(int step)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId undisturbed = await QueueAsync();
        await Worker(new()).RunAsync(undisturbed, "w1", token);
        JobId id = await QueueAsync();
        FakeTrainingRunFactory runs = new() { OnEvaluate = at => ThrowIf(at == step) };

        Assert.Equal(WorkerOutcome.Paused, await Worker(runs).RunAsync(id, "w1", token));

        Assert.All(await Store.Journal.ListCheckpointsAsync(id, token), checkpoint => Assert.True(checkpoint.Step < step));
        Assert.DoesNotContain(await EventsAsync(id), item => item.Step == step && item.Key == RunEvents.EvaluationKey);
        await EndAsync(runs, id, undisturbed, token);
    }

    /// <summary>A user who pauses does not wait for a scorer: the token that the run was given is cancelled at once, in the middle of the step.</summary>
    [Fact(Timeout = Limit)]
    public async Task Run_APauseWhileItWaits_EndsTheStepAtOnce()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId undisturbed = await QueueAsync(checkpointEvery: 100);
        await Worker(new()).RunAsync(undisturbed, "w1", token);
        JobId id = await QueueAsync(checkpointEvery: 100);
        TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        FakeTrainingRunFactory runs = new();
        runs.OnStep = (step, _) =>
        {
            if (step == 4)
            {
                waiting.SetResult();
                runs.Pausing().WaitHandle.WaitOne();
                throw new ScoringPausedException("paused on request", isRequested: true);
            }
        };

        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", token);
        await waiting.Task.WaitAsync(token);
        await Store.Catalog.RequestPauseAsync(id, token);

        Assert.Equal(WorkerOutcome.Paused, await work);
        Job paused = await FindAsync(id);
        Assert.Equal((JobState.Paused, 3), (paused.State, paused.CompletedSteps));
        Assert.Equal("paused on request", (await EventsAsync(id)).Select(item => item.Body).OfType<StateChanged>().Last().Reason);
        runs.OnStep = null;
        await EndAsync(runs, id, undisturbed, token);
    }

    private static void ThrowIf(bool isNow)
    {
        if (isNow)
        {
            throw new ScoringPausedException(Reason, isRequested: false);
        }
    }

    private async Task EndAsync(FakeTrainingRunFactory runs, JobId id, JobId undisturbed, CancellationToken token)
    {
        (runs.OnStep, runs.OnEvaluate) = (null, null);
        await Store.Catalog.ResumeAsync(id, token);
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w2", token));
        Assert.Equal(Told(await EventsAsync(undisturbed)), Told(await EventsAsync(id)));
    }

    private static string[] Told(IEnumerable<JobEvent> events) =>
        [.. Story(events.Where(item => !item.Key.StartsWith("pause/", StringComparison.Ordinal))).Where(line => !line.Contains(" checkpoint", StringComparison.Ordinal))];
}
