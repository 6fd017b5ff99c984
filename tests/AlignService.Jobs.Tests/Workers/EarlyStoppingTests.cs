using System.Data.Common;
using AlignService.Jobs.Events;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Guardian;
using AlignService.Specs.Resources;
using AlignService.Specs.Settings;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Jobs that the held-out reward ends before their last step.</summary>
public sealed class EarlyStoppingTests : EngineTest
{
    private static readonly double[] Plateau = [0, 1, 1.05, 2, 2.05, 2.1, 2.09, 5, 6];

    [Fact]
    public async Task Run_Plateau_EndsSucceededWithACheckpointAndSaysWhy()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, evaluateEvery: 1, evaluation: new() { StopPatience = 3, StopMinImprovement = 0.1 });

        // 1.05 is not an improvement by more than 0.1 over 1, but 2 is; 2.05, 2.1 and 2.09 are three in a row that are none.
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new() { StepCount = 8, Score = step => Plateau[step] }).RunAsync(id, "w1", Token));

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, 6, 8), (job.State, job.CompletedSteps, job.TotalSteps));
        JobCheckpoint checkpoint = Assert.Single(await Store.Journal.ListCheckpointsAsync(id, Token));
        Assert.Equal((6, 2.09), (checkpoint.Step, checkpoint.Score));
        string reason = Assert.Single(await EventsAsync(id), item => item.Body is StateChanged { To: JobState.Succeeded }) is { Body: StateChanged end } ? end.Reason : "";
        Assert.Contains("has not risen by more than 0.1 in 3 evaluations; the best is 2 at step 3, that of step 6 is 2.09", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 0)]
    [InlineData(100, 8)]
    public async Task Run_ScoreReached_EndsThere(double target, int lastStep)
    {
        JobId id = await QueueAsync(checkpointEvery: 100, evaluateEvery: 1, evaluation: new() { StopAtScore = target });

        await Worker(new() { StepCount = 8, Score = step => Plateau[step] }).RunAsync(id, "w1", Token);

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, lastStep), (job.State, job.CompletedSteps));
        Assert.Equal(lastStep, Assert.Single(await Store.Journal.ListCheckpointsAsync(id, Token)).Step);
    }

    [Fact]
    public async Task RollBack_ToTheStart_StillKnowsWhatTheStartWasWorth()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, evaluateEvery: 1, evaluation: new() { StopPatience = 2 });
        var runs = new FakeTrainingRunFactory { StepCount = 7, Score = step => step == 0 ? 5 : step, Findings = (step, rollbacks) => step == 1 && rollbacks == 0 ? [RollBack] : [] };

        await Worker(runs).RunAsync(id, "w1", Token);

        // 1 and 2 are no improvement over the 5 of the start.
        Assert.Equal((JobState.Succeeded, 2), ((await FindAsync(id)).State, (await FindAsync(id)).CompletedSteps));
    }

    private static GuardianFinding RollBack => new() { Rule = "kl_blow_up", Value = 2, Bound = 1, Action = GuardianAction.RollBack, Seen = "too much.", Meaning = "", Remedy = "" };

    /// <summary>Wherever a worker dies, patience goes on where it was: the job ends at the same step, with the same records.</summary>
    [Fact]
    public async Task Crash_AtEveryCall_StopsAtTheSameStep()
    {
        var evaluation = new EvaluationConfig { StopPatience = 3 };
        double[] scores = [1, 2, 1.5, 1.9, 1.8, 9, 9, 9];
        var runs = new FakeTrainingRunFactory { StepCount = 7, Score = step => scores[step] };
        int crashCount = 0;
        for (int call = 1; ; call++)
        {
            JobId id = await QueueAsync(checkpointEvery: 2, keep: 0, evaluateEvery: 1, evaluation: evaluation);
            var crash = new Crash(call, afterItsWork: true);
            try
            {
                await Worker(runs, CrashingPorts.Around(Ports, crash)).RunAsync(id, "w1", Token);
            }
            catch (DbException)
            {
                // Dead.
            }

            if (!crash.Happened)
            {
                break;
            }

            crashCount++;
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Worker(runs).RunAsync(id, "w2", Token);
            Job job = await FindAsync(id);
            Assert.Equal((JobState.Succeeded, 4), (job.State, job.CompletedSteps));
            Assert.Equal(4, (await Store.Journal.ListCheckpointsAsync(id, Token))[^1].Step);
        }

        Assert.InRange(crashCount, 20, 200);
    }
}
