using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Checkpoints of steps that the held-out prompts found best.</summary>
public sealed class SaveBestTests : EngineTest
{
    private static readonly double[] Scores = [9, 1, 3, 2, 3, 5, 4, 4.5, 0];

    [Fact]
    public async Task Run_EveryNewBest_IsSavedAndTheBestOfThemStays()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, keep: 10, evaluateEvery: 1, saveBest: true);

        await Worker(new() { StepCount = 8, Score = step => Scores[step] }).RunAsync(id, "w1", Token);

        // Not step 0, whose weights the user has; not step 4, which only reaches what step 2 did; step 8 because it is the last.
        IReadOnlyList<JobCheckpoint> all = await Store.Journal.ListCheckpointsAsync(id, Token);
        Assert.Equal([(1, 1), (2, 3), (5, 5), (8, 0)], all.Select(checkpoint => (checkpoint.Step, checkpoint.Score!.Value)));
        Assert.Equal(5, CheckpointSelection.Best(all)!.Step);
    }

    /// <summary>The held-out loss of broken weights: the job goes on, and such a checkpoint is never best.</summary>
    [Fact]
    public async Task Run_ScoreThatIsNoNumber_IsNone()
    {
        double[] scores = [0, double.NaN, 2, double.NegativeInfinity, 1, double.NaN];
        JobId id = await QueueAsync(checkpointEvery: 3, keep: 10, evaluateEvery: 1, saveBest: true);

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new() { StepCount = 5, Score = step => scores[step] }).RunAsync(id, "w1", Token));

        IReadOnlyList<JobCheckpoint> all = await Store.Journal.ListCheckpointsAsync(id, Token);
        Assert.Equal([(2, 2), (3, null), (5, null)], all.Select(checkpoint => (checkpoint.Step, checkpoint.Score)));
        Assert.Equal(2, CheckpointSelection.Best(all)!.Step);
    }

    [Fact]
    public async Task Run_KeepingNone_KeepsTheBestAndTheLast()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, keep: 0, evaluateEvery: 1, saveBest: true);

        await Worker(new() { StepCount = 8, Score = step => Scores[step] }).RunAsync(id, "w1", Token);

        Assert.Equal([5, 8], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
    }

    /// <summary>Its weights may be those that the next step rolls back from; later weights have another score, so it is not put off either.</summary>
    [Fact]
    public async Task Run_NewBestInASuspectStep_IsNotSaved()
    {
        JobId id = await QueueAsync(checkpointEvery: 100, keep: 10, evaluateEvery: 1, saveBest: true);

        await Worker(new() { StepCount = 8, Score = step => Scores[step], Suspect = step => step == 5 }).RunAsync(id, "w1", Token);

        Assert.Equal([1, 2, 6, 7, 8], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task Run_WithoutSaveBest_SavesOnTime()
    {
        JobId id = await QueueAsync(checkpointEvery: 3, keep: 10, evaluateEvery: 1);

        await Worker(new() { StepCount = 8, Score = step => Scores[step] }).RunAsync(id, "w1", Token);

        Assert.Equal([3, 6, 8], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
    }
}
