using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Guardian;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Whatever happens to the last checkpoint: it is reported, the one before is used, and the job ends as if nothing had happened.</summary>
public sealed class DamagedCheckpointTests : EngineTest
{
    private const int StepCount = 8;
    private const int DeadStep = 7;

    private static readonly Dictionary<string, Action<string>> Damages = new()
    {
        ["a bit of the weights is flipped"] = directory => Flip(Path.Combine(directory, "state.txt")),
        ["a bit of the trainer's state is flipped"] = directory => Flip(Path.Combine(directory, "trainer", "more.txt")),
        ["the weights are cut in half"] = directory => Cut(Path.Combine(directory, "state.txt")),
        ["the trainer's state is empty"] = directory => File.WriteAllText(Path.Combine(directory, "trainer", "more.txt"), ""),
        ["the weights are gone"] = directory => File.Delete(Path.Combine(directory, "state.txt")),
        ["the trainer's folder is gone"] = directory => System.IO.Directory.Delete(Path.Combine(directory, "trainer"), recursive: true),
        ["the weights are longer"] = directory => File.AppendAllText(Path.Combine(directory, "state.txt"), "0"),
        ["two bytes changed places"] = directory => Swap(Path.Combine(directory, "trainer", "more.txt")),
        ["the manifest is gone"] = directory => File.Delete(Path.Combine(directory, "manifest.json")),
        ["the manifest is no JSON"] = directory => Cut(Path.Combine(directory, "manifest.json")),
        ["the manifest is null"] = directory => File.WriteAllText(Path.Combine(directory, "manifest.json"), "null"),
        ["the manifest is of another form"] = directory => File.WriteAllText(Path.Combine(directory, "manifest.json"), """{"files":{"state.txt":{"size":1}}}"""),
        ["the manifest names a file elsewhere"] = directory => File.WriteAllText(Path.Combine(directory, "manifest.json"), """{"files":{"/etc/passwd":{"size":1,"crc32c":"0"}}}"""),
        ["the note and the manifest are gone"] = directory =>
        {
            File.Delete(Path.Combine(directory, "manifest.json"));
            File.Delete(Path.Combine(directory, "checkpoint.json"));
        },
        ["all of it is gone"] = directory => System.IO.Directory.Delete(directory, recursive: true),
        ["it is empty"] = directory =>
        {
            System.IO.Directory.Delete(directory, recursive: true);
            System.IO.Directory.CreateDirectory(Path.Combine(directory, "trainer"));
        },
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Resume_LastCheckpointDamaged_ReportsItAndUsesTheOneBefore(string damage)
    {
        JobId undisturbed = await QueueAsync();
        await Worker(new() { StepCount = StepCount }).RunAsync(undisturbed, "w1", Token);
        JobId id = await DieAsync();
        Damages[damage](Directory(id, 6));

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new() { StepCount = StepCount }).RunAsync(id, "w2", Token));

        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        CheckpointDamaged reported = Assert.IsType<CheckpointDamaged>(Assert.Single(events, item => item.Body is CheckpointDamaged).Body);
        Assert.Equal((6, 3), (reported.CheckpointStep, reported.UsedStep));
        Assert.Equal(3, ((Resumed)Assert.Single(events, item => item.Body is Resumed).Body).FromStep);
        Assert.Equal(Numbers(await EventsAsync(undisturbed)), Numbers(events));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Directory(undisturbed, 8), "state.txt"), Token), await File.ReadAllTextAsync(Path.Combine(Directory(id, 8), "state.txt"), Token));
        Assert.Equal([3, 6, 8], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task Resume_AllCheckpointsDamaged_BeginsAgain()
    {
        JobId id = await DieAsync();
        Flip(Path.Combine(Directory(id, 3), "state.txt"));
        Cut(Path.Combine(Directory(id, 6), "state.txt"));

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new() { StepCount = StepCount }).RunAsync(id, "w2", Token));

        CheckpointDamaged[] reported = [.. (await EventsAsync(id)).Select(item => item.Body).OfType<CheckpointDamaged>()];
        Assert.Equal([(6, 0), (3, 0)], reported.Select(one => (one.CheckpointStep, one.UsedStep)));
        Assert.DoesNotContain(await EventsAsync(id), item => item.Body is Divergence);
        Assert.True(System.IO.Directory.Exists(Path.Combine(Directory(id, 6), "..", "damaged-step-000006")), "kept to look at");
    }

    [Fact]
    public async Task RollBack_LastCheckpointDamaged_GoesBackToTheOneBefore()
    {
        JobId id = await QueueAsync();
        var finding = new GuardianFinding { Rule = "kl_blow_up", Value = 3, Bound = 1, Action = GuardianAction.RollBack, Seen = "seen", Meaning = "meaning", Remedy = "remedy" };
        var runs = new FakeTrainingRunFactory { StepCount = StepCount, Findings = (step, rollbacks) => step == DeadStep && rollbacks == 0 ? [finding] : [] };
        runs.OnStep = (step, _) =>
        {
            if (step == DeadStep)
            {
                runs.OnStep = null;
                Flip(Path.Combine(Directory(id, 6), "state.txt"));
            }
        };

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", Token));

        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal(3, Assert.Single(events.Select(item => item.Body).OfType<GuardianReport>()).RolledBackTo);
        Assert.Single(events, item => item.Body is CheckpointDamaged);
    }

    [Theory]
    [InlineData("last", "step-000003")]
    [InlineData("best", "step-000003")]
    public async Task Resolve_DamagedByAlias_UsesTheNextAndWarns(string alias, string expected)
    {
        JobId id = await DieAsync();
        Flip(Path.Combine(Directory(id, 6), "state.txt"));
        List<string> warnings = [];

        Assert.EndsWith(expected, new ModelDirectories(Checkpoints, FilePolicy.Anywhere).Resolve($"{id.ResourceName}/checkpoints/{alias}", warnings.Add), StringComparison.Ordinal);

        Assert.Contains("step-000006 is damaged: state.txt has the checksum", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_DamagedByName_IsRefused()
    {
        JobId id = await DieAsync();
        Cut(Path.Combine(Directory(id, 6), "state.txt"));
        var models = new ModelDirectories(Checkpoints, FilePolicy.Anywhere);

        CheckpointException byName = Assert.Throws<CheckpointException>(() => models.Resolve($"{id.ResourceName}/checkpoints/step-000006"));
        CheckpointException byPath = Assert.Throws<CheckpointException>(() => models.Resolve(Directory(id, 6)));

        Assert.Contains("state.txt has", byName.Message, StringComparison.Ordinal);
        Assert.Contains("step-000003", byName.Message, StringComparison.Ordinal);
        Assert.Contains("state.txt has", byPath.Message, StringComparison.Ordinal);
    }

    /// <summary>The state of the trainer is nothing to whoever only uses the model.</summary>
    [Fact]
    public async Task Resolve_OnlyTheTrainersStateDamaged_IsUsed()
    {
        JobId id = await DieAsync();
        Flip(Path.Combine(Directory(id, 6), "trainer", "more.txt"));
        List<string> warnings = [];
        Assert.Equal(Directory(id, 6), new ModelDirectories(Checkpoints, FilePolicy.Anywhere).Resolve($"{id.ResourceName}/checkpoints/last", warnings.Add));
        Assert.Empty(warnings);
    }

    private async Task<JobId> DieAsync()
    {
        JobId id = await QueueAsync();
        var runs = new FakeTrainingRunFactory { StepCount = StepCount };
        var crash = new Crash(atCall: 1, afterItsWork: false);
        runs.OnStep = (step, _) =>
        {
            if (step == DeadStep)
            {
                crash.Around(() => true);
            }
        };
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Worker(runs).RunAsync(id, "w1", Token));
        Clock.Advance(TimeSpan.FromMinutes(1));
        return id;
    }

    private string Directory(JobId id, int step) => Path.Combine(Folder, "jobs", id.Value, "checkpoints", $"step-{step:D6}");

    private static IEnumerable<string> Numbers(IEnumerable<JobEvent> events) =>
        Story(events.Where(item => item.Body is not CheckpointDamaged)).Where(line => !line.Contains(" metrics checkpoint", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 0x40;
        File.WriteAllBytes(file, bytes);
    }

    private static void Swap(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        (bytes[0], bytes[1]) = (bytes[1], bytes[0]);
        File.WriteAllBytes(file, bytes);
    }

    private static void Cut(string file)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.SetLength(stream.Length / 2);
    }
}
