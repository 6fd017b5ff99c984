using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Guardian;
using AlignService.Specs.Resources;
using AlignService.Store.Rollouts;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>What a worker keeps of its steps' completions, whatever happens to it. That it dies at any call is in CrashTests, that the disk is full at any in StorageTests.</summary>
public sealed class RolloutTests : EngineTest
{
    private const int StepCount = 5;

    [Fact]
    public async Task Run_OnlyTheLastStepsAreKept_RemovesTheOthers()
    {
        JobId id = await QueueAsync();
        await Worker(new() { StepCount = StepCount, KeptRolloutSteps = 2 }).RunAsync(id, "w1", Token);

        (string[] steps, int fileCount) = await RolloutsAsync(id);
        Assert.Equal(["4", "5"], steps.Select(step => step.Split(' ')[0]));
        Assert.Equal(2, fileCount);
    }

    /// <summary>A step that is done again after a rollback has other numbers: the last ones are those that the job went on with.</summary>
    [Fact]
    public async Task Run_RollsBack_HasEachStepOnceAsItWasDoneLast()
    {
        GuardianFinding finding = new() { Rule = "kl_blow_up", Value = 2, Bound = 1, Action = GuardianAction.RollBack, Seen = "seen", Meaning = "means", Remedy = "try" };
        JobId id = await QueueAsync(checkpointEvery: 2);
        FakeTrainingRunFactory runs = new() { StepCount = StepCount, Findings = (step, rollbacks) => step == 4 && rollbacks == 0 ? [finding] : [] };
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", Token));

        Assert.Equal(1, (await FindAsync(id)).RollbackCount);
        (string[] steps, int fileCount) = await RolloutsAsync(id);
        Assert.Equal(["1", "2", "3", "4", "5"], steps.Select(step => step.Split(' ')[0]));
        Assert.Equal(StepCount, fileCount);
        Dictionary<int, double> last = (await EventsAsync(id)).Where(item => item.Body is MetricPoints points && points.Values.ContainsKey("reward/mean"))
            .GroupBy(item => item.Step).ToDictionary(group => group.Key, group => ((MetricPoints)group.Last().Body).Values["reward/mean"]);
        RolloutPage page = await Search.ListAsync(new RolloutQuery(id, new RolloutFilter(), WithTokens: true), 500, null, Token);
        Assert.All(page.Rollouts.Where(found => found.Record.Number == 0), found => Assert.Equal(last[found.Record.Step], found.Record.Reward));
    }

    [Fact]
    public async Task Write_ByAWorkerThatLostItsLease_ChangesNothing()
    {
        JobId id = await QueueAsync();
        JobLease old = (await Store.Leases.ClaimAsync(id, "w1", TimeSpan.FromSeconds(30), Token))!;
        Clock.Advance(TimeSpan.FromMinutes(1));
        JobLease current = (await Store.Leases.ClaimAsync(id, "w2", TimeSpan.FromSeconds(30), Token))!;
        RolloutPorts ports = Ports.Rollouts;
        await RecordAsync(ports, current, FakeRollouts.Of(3, 1));
        string[] expected = (await RolloutsAsync(id)).Steps;

        // It wakes up in the middle of its step, and tidies up.
        await Assert.ThrowsAsync<LeaseLostException>(() => RecordAsync(ports, old, FakeRollouts.Of(3, 99)));
        ports.Files.RemoveOthers(old, []);

        (string[] steps, int fileCount) = await RolloutsAsync(id);
        Assert.Equal(expected, steps);
        Assert.Equal(1, fileCount);
    }

    [Fact]
    public async Task Delete_EndedJob_LeavesNoRowAndNoFile()
    {
        JobId id = await QueueAsync();
        await Worker(new() { StepCount = StepCount }).RunAsync(id, "w1", Token);
        await Store.Catalog.DeleteAsync(id, Token);
        Checkpoints.RemoveJob(id);

        (string[] steps, int fileCount) = await RolloutsAsync(id);
        Assert.Empty(steps);
        Assert.Equal(0, fileCount);
    }

    /// <summary>A worker replaces a file between the reading of the index and that of the file.</summary>
    [Fact]
    public async Task List_FileIsReplacedMeanwhile_ReadsTheNewOne()
    {
        JobId id = await QueueAsync();
        JobLease lease = (await Store.Leases.ClaimAsync(id, "w1", TimeSpan.FromSeconds(30), Token))!;
        RolloutPorts ports = Ports.Rollouts;
        await RecordAsync(ports, lease, FakeRollouts.Of(1, 1));
        bool replaced = false;
        HookedIndex index = new(ports.Index, async () =>
        {
            if (!replaced)
            {
                replaced = true;
                await RecordAsync(ports, lease, FakeRollouts.Of(1, 2));
            }
        });
        RolloutPage page = await new RolloutSearch(index, ports.Files).ListAsync(new RolloutQuery(id, new RolloutFilter(), WithTokens: false), 50, null, Token);
        Assert.Equal([2, -2], page.Rollouts.Select(found => found.Record.Reward));

        Directory.Delete(Path.Combine(Folder, "jobs", id.Value, "rollouts"), recursive: true);
        await Assert.ThrowsAsync<RolloutFileException>(() => Search.ListAsync(new RolloutQuery(id, new RolloutFilter(), WithTokens: false), 50, null, Token));
    }

    private RolloutSearch Search => new(Ports.Rollouts.Index, Ports.Rollouts.Files);

    private static async Task RecordAsync(RolloutPorts ports, JobLease lease, StepRollouts rollouts)
    {
        string file = ports.Files.Write(lease, rollouts);
        ports.Files.Remove(lease, await ports.Index.RecordAsync(lease, new RolloutEntry(rollouts.Step, file, RolloutColumns.Of(rollouts)), rollouts.FirstKeptStep, Token));
    }

    private sealed class HookedIndex(IRolloutIndex inner, Func<Task> afterRead) : IRolloutIndex
    {
        public Task<IReadOnlyList<string>> RecordAsync(JobLease lease, RolloutEntry entry, int firstKeptStep, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> ListFilesAsync(JobId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<IReadOnlyList<RolloutEntry>> ReadAsync(JobId id, RolloutFilter filter, int limit, CancellationToken cancellationToken)
        {
            IReadOnlyList<RolloutEntry> entries = await inner.ReadAsync(id, filter, limit, cancellationToken);
            await afterRead();
            return entries;
        }
    }
}
