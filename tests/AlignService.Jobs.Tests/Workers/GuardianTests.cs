using System.Data.Common;
using AlignService.Jobs.Events;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Guardian;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>What becomes of a job when the guardian finds something.</summary>
public sealed class GuardianTests : EngineTest
{
    private const int StepCount = 6;

    [Fact]
    public async Task Warn_Finding_IsToldAndTheJobGoesOn()
    {
        JobId id = await QueueAsync();

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(Finding(GuardianAction.Warn, (step, _) => step == 4)).RunAsync(id, "w1", Token));

        (int step, GuardianReport report) = Assert.Single(await ReportsAsync(id));
        Assert.Equal((4, "kl_blow_up", null, null), (step, report.Finding.Rule, report.RolledBackTo, report.LearningRateFactor));
    }

    [Fact]
    public async Task RollBack_Finding_GoesOnFromTheLastCheckpointUnderOtherKeys()
    {
        JobId id = await QueueAsync(checkpointEvery: 2, evaluateEvery: 3);
        FakeTrainingRunFactory runs = Finding(GuardianAction.RollBack, (step, rollbacks) => step == 5 && rollbacks == 0);

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", Token));

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, StepCount, 1, 1, 0), (job.State, job.CompletedSteps, job.RollbackCount, job.Attempt, job.LostWorkers));
        Assert.Equal(2, runs.DisposedCount);
        (int step, GuardianReport report) = Assert.Single(await ReportsAsync(id));
        Assert.Equal((5, 4, 0.5), (step, report.RolledBackTo, report.LearningRateFactor));
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal([1, 2, 3, 4, 5, 5, 6], events.Where(item => item.Body is MetricPoints && item.Key is ("" or "rollback-1")).Select(item => item.Step));
        Assert.Equal([0, 3, 6], events.Where(item => item.Body is MetricPoints && item.Key.EndsWith("evaluation", StringComparison.Ordinal)).Select(item => item.Step));
        Assert.DoesNotContain(events, item => item.Body is Divergence or Resumed);
    }

    [Fact]
    public async Task RollBack_BeforeTheFirstCheckpoint_StartsAnewWithoutLookingAtTheStartAgain()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, evaluateEvery: 100);
        await Worker(Finding(GuardianAction.RollBack, (step, rollbacks) => step == 3 && rollbacks < 2)).RunAsync(id, "w1", Token);

        Assert.Equal([(3, 0, 0.5), (3, 0, 0.25)], (await ReportsAsync(id)).Select(item => (item.Step, item.Report.RolledBackTo!.Value, item.Report.LearningRateFactor!.Value)));
        Assert.Equal((JobState.Succeeded, 2), ((await FindAsync(id)).State, (await FindAsync(id)).RollbackCount));
        Assert.Equal([0, StepCount], (await EventsAsync(id)).Where(item => item.Body is SampleCompletions { Evaluation: true }).Select(item => item.Step));
    }

    /// <summary>A checkpoint of a step that the rollback is about would bring the trouble back.</summary>
    [Fact]
    public async Task RollBack_CheckpointDueInTheStreak_WasPutOffSoThatItGoesBackBeforeIt()
    {
        JobId id = await QueueAsync(checkpointEvery: 2);
        FakeTrainingRunFactory runs = Finding(GuardianAction.RollBack, (step, rollbacks) => step == 5 && rollbacks == 0);
        runs.Suspect = step => step is 4 or 5;

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", Token));

        (int step, GuardianReport report) = Assert.Single(await ReportsAsync(id));
        Assert.Equal((5, 2), (step, report.RolledBackTo));
    }

    [Fact]
    public async Task Checkpoint_PutOff_IsWrittenAfterTheFirstStepThatIsNotSuspect()
    {
        JobId id = await QueueAsync(checkpointEvery: 2, keep: 10);

        await Worker(new() { StepCount = StepCount, Suspect = step => step == 2 }).RunAsync(id, "w1", Token);

        Assert.Equal([3, 4, 6], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task RollBack_TooOften_FailsTheJob()
    {
        JobId id = await QueueAsync(checkpointEvery: 2);

        Assert.Equal(WorkerOutcome.Failed, await Worker(Finding(GuardianAction.RollBack, (step, _) => step == 5)).RunAsync(id, "w1", Token));

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Failed, "guardian", 3), (job.State, job.Failure!.Reason, job.RollbackCount));
        Assert.Contains("The job rolled back 3 times, and max_rollbacks is 3", job.Failure.Message, StringComparison.Ordinal);
        Assert.Equal([4, 4, 4, null], (await ReportsAsync(id)).Select(item => item.Report.RolledBackTo));
    }

    [Fact]
    public async Task Fail_Finding_EndsTheJobWithItsWordsAndRemedy()
    {
        JobId id = await QueueAsync();
        await Worker(Finding(GuardianAction.Fail, (step, _) => step == 2)).RunAsync(id, "w1", Token);

        Job job = await FindAsync(id);
        Assert.Equal(new JobFailure("guardian", "kl_blow_up: it is too much. It runs away.", "Hold it."), job.Failure);
        Assert.Equal(2, job.CompletedSteps);
    }

    [Fact]
    public async Task Pause_Finding_RestsAfterThatStepAndGoesOnWhenResumed()
    {
        JobId id = await QueueAsync(checkpointEvery: 100);
        FakeTrainingRunFactory runs = Finding(GuardianAction.Pause, (step, _) => step == 5);

        Assert.Equal(WorkerOutcome.Paused, await Worker(runs).RunAsync(id, "w1", Token));

        Job paused = await FindAsync(id);
        Assert.Equal((JobState.Paused, 5, false), (paused.State, paused.CompletedSteps, paused.PauseRequested));
        Assert.Equal(5, Assert.Single(await Store.Journal.ListCheckpointsAsync(id, Token)).Step);
        var change = (StateChanged)Assert.Single(await EventsAsync(id), item => item.Body is StateChanged { To: JobState.Paused }).Body;
        Assert.Equal("the guardian paused the job (kl_blow_up): it is too much. Hold it.", change.Reason);
        await Store.Catalog.ResumeAsync(id, Token);
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w2", Token));
        Assert.Equal(Enumerable.Range(1, StepCount), (await EventsAsync(id)).Where(item => item.Body is MetricPoints && item.Key.Length == 0).Select(item => item.Step));
    }

    /// <summary>Wherever a worker dies, rollbacks are neither lost nor done twice: the story is the one of a worker that never died.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RollBack_CrashAtEveryCall_LosesAndDoublesNothing(bool afterItsWork)
    {
        FakeTrainingRunFactory runs = Finding(GuardianAction.RollBack, (step, rollbacks) => (step, rollbacks) is (3, 0) or (5, 1));
        JobId undisturbed = await QueueAsync(checkpointEvery: 2, keep: 0);
        await Worker(runs).RunAsync(undisturbed, "w1", Token);
        string[] expected = Lasting(await EventsAsync(undisturbed));
        int crashCount = 0;
        for (int call = 1; ; call++)
        {
            JobId id = await QueueAsync(checkpointEvery: 2, keep: 0);
            var crash = new Crash(call, afterItsWork);
            await DieAsync(runs, id, crash);
            if (!crash.Happened)
            {
                break;
            }

            crashCount++;
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Worker(runs).RunAsync(id, "w2", Token);
            Job job = await FindAsync(id);
            Assert.Equal((JobState.Succeeded, 2), (job.State, job.RollbackCount));
            Assert.Equal(expected, Lasting(await EventsAsync(id)));
        }

        Assert.InRange(crashCount, 40, 300);
    }

    [Fact]
    public async Task Pause_CrashAtEveryCall_IsNotForgotten()
    {
        FakeTrainingRunFactory runs = Finding(GuardianAction.Pause, (step, _) => step == 3);
        int crashCount = 0;
        for (int call = 1; ; call++)
        {
            JobId id = await QueueAsync(checkpointEvery: 2, keep: 0);
            var crash = new Crash(call, afterItsWork: true);
            await DieAsync(runs, id, crash);
            if (!crash.Happened)
            {
                break;
            }

            crashCount++;
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Store.Catalog.ReconcileAsync(Token);
            await Worker(runs).RunAsync(id, "w2", Token);
            Assert.Equal(JobState.Paused, (await FindAsync(id)).State);
            Assert.Single(await ReportsAsync(id));

            // Where the checkpoint of the finding's step was not written any more, the step runs, and rests, again.
            while ((await FindAsync(id)).State == JobState.Paused)
            {
                await Store.Catalog.ResumeAsync(id, Token);
                await Worker(runs).RunAsync(id, "w3", Token);
            }

            Assert.Equal((JobState.Succeeded, StepCount), ((await FindAsync(id)).State, (await FindAsync(id)).CompletedSteps));
            Assert.Single(await ReportsAsync(id));
        }

        Assert.InRange(crashCount, 10, 100);
    }

    private static FakeTrainingRunFactory Finding(GuardianAction action, Func<int, int, bool> when) => new()
    {
        StepCount = StepCount,
        Findings = (step, rollbacks) => !when(step, rollbacks) ? [] :
            [new GuardianFinding { Rule = "kl_blow_up", Value = 2, Bound = 1, Action = action, Seen = "it is too much.", Meaning = "It runs away.", Remedy = "Hold it." }],
    };

    private async Task<List<(int Step, GuardianReport Report)>> ReportsAsync(JobId id) =>
        [.. (await EventsAsync(id)).Where(item => item.Body is GuardianReport).Select(item => (item.Step, (GuardianReport)item.Body))];

    private async Task DieAsync(FakeTrainingRunFactory runs, JobId id, Crash crash)
    {
        try
        {
            await Worker(runs, CrashingPorts.Around(Ports, crash)).RunAsync(id, "w1", Token);
        }
        catch (DbException)
        {
            // Dead.
        }
    }

    /// <summary>Without the times of checkpoints, which are of the attempt that wrote them.</summary>
    private static string[] Lasting(IEnumerable<JobEvent> events) =>
        [.. Story(events).Where(line => !line.Contains(" metrics ", StringComparison.Ordinal) || !line.Contains("checkpoint", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
