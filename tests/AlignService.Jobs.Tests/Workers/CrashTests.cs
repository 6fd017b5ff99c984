using System.Data.Common;
using AlignService.Jobs.Events;
using AlignService.Jobs.Supervision;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>A worker dies at every place where it touches the store or the disk; the next one goes on, and the story is the one of a run that never died.</summary>
public sealed class CrashTests : EngineTest
{
    private const int StepCount = 5;

    private static readonly double[] Scores = [0, 1, 0.5, 3, 2, 4];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Crash_AtEveryCall_LosesAndDoublesNothing(bool afterItsWork, bool saveBest)
    {
        var runs = new FakeTrainingRunFactory { StepCount = StepCount, Score = step => Scores[step] };
        JobId undisturbed = await QueueAsync(checkpointEvery: 2, keep: 0, evaluateEvery: saveBest ? 1 : 2, saveBest: saveBest);
        await Worker(runs).RunAsync(undisturbed, "w1", Token);
        string[] expected = [.. Story(await EventsAsync(undisturbed)).Order(StringComparer.Ordinal)];
        string[] expectedFiles = CheckpointFiles(undisturbed);
        (string[] Steps, int FileCount) expectedRollouts = await RolloutsAsync(undisturbed);
        Assert.Equal(StepCount, expectedRollouts.Steps.Length);

        int crashCount = 0;
        for (int call = 1; ; call++)
        {
            JobId id = await QueueAsync(checkpointEvery: 2, keep: 0, evaluateEvery: saveBest ? 1 : 2, saveBest: saveBest);
            var crash = new Crash(call, afterItsWork);
            await DieAsync(runs, id, crash);
            if (!crash.Happened)
            {
                break;
            }

            crashCount++;
            Clock.Advance(TimeSpan.FromMinutes(1));
            WorkerOutcome outcome = await Worker(runs).RunAsync(id, "w2", Token);

            // What a worker that died after the end of its job left.
            await new TrainerStateSweep(Store.Catalog, Checkpoints, Clock, NullLogger<TrainerStateSweep>.Instance).SweepAsync(Token);

            IReadOnlyList<JobEvent> events = await EventsAsync(id);
            Assert.Contains(outcome, (WorkerOutcome[])[WorkerOutcome.Succeeded, WorkerOutcome.NotRunnable]);
            Assert.Equal(JobState.Succeeded, (await FindAsync(id)).State);
            Assert.Equal(Enumerable.Range(1, events.Count).Select(cursor => (long)cursor), events.Select(item => item.Cursor));
            Assert.Equal(Lasting(expected), Lasting([.. Story(events).Order(StringComparer.Ordinal)]));
            Assert.Equal(expectedFiles, CheckpointFiles(id));
            (string[] Steps, int FileCount) rollouts = await RolloutsAsync(id);
            Assert.Equal(expectedRollouts.Steps, rollouts.Steps);
            Assert.Equal(StepCount, rollouts.FileCount);
        }

        // Five steps touch the store dozens of times: a loop that ended early would prove nothing.
        Assert.InRange(crashCount, 30, 200);
    }

    /// <summary>Without the times of checkpoints, which are of the attempt that wrote them.</summary>
    private static IEnumerable<string> Lasting(IEnumerable<string> story) =>
        story.Where(line => !line.Contains(" metrics checkpoint", StringComparison.Ordinal));

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

    private string[] CheckpointFiles(JobId id)
    {
        string folder = Path.Combine(Folder, "jobs", id.Value, "checkpoints");
        return [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(folder, file)}: {(file.EndsWith("state.txt", StringComparison.Ordinal) ? File.ReadAllText(file) : "")}")
            .Order(StringComparer.Ordinal)];
    }
}
