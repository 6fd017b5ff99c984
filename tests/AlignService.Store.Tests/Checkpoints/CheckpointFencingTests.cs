using AlignService.HuggingFace.Integrity;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;
using Xunit;

namespace AlignService.Store.Tests.Checkpoints;

/// <summary>A worker that lost its lease and wakes up late, at every place where it touches the folder: what the next worker recorded stays.</summary>
public sealed class CheckpointFencingTests : IDisposable
{
    private static readonly JobId Id = new("job-0001");

    private readonly string _root = Directory.CreateTempSubdirectory("align-fencing-").FullName;
    private readonly FileCheckpointStore _store;
    private readonly JobLease _late = new(Id, "late", Token: 3, DateTimeOffset.MaxValue);
    private readonly JobLease _next = new(Id, "next", Token: 5, DateTimeOffset.MaxValue);

    public CheckpointFencingTests() => _store = new FileCheckpointStore(_root, TimeProvider.System);

    private string Folder => Path.Combine(_root, "jobs", Id.Value, "checkpoints");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Publish_AfterTheNextWorkerDid_ReplacesNothing()
    {
        StagedCheckpoint late = Stage(_late, 6);
        JobCheckpoint recorded = _store.Publish(Stage(_next, 6));

        JobCheckpoint second = _store.Publish(late);

        Assert.NotEqual(recorded.Directory, second.Directory);
        Assert.EndsWith("step-000006.3", second.Directory, StringComparison.Ordinal);
        Assert.Equal("next", Writer(recorded.Directory));
        Assert.Equal(recorded.Directory, _store.Find(Id, "last").Directory);
    }

    [Fact]
    public void Publish_BeforeTheNextWorker_IsNotWhatIsFound()
    {
        _store.Publish(Stage(_late, 6));
        JobCheckpoint recorded = _store.Publish(Stage(_next, 6));

        Assert.EndsWith("step-000006.5", recorded.Directory, StringComparison.Ordinal);
        Assert.Equal("next", Writer(_store.Find(Id, "last").Directory));
        _store.RemoveLeftovers(_next, [recorded]);
        Assert.Equal([recorded.Directory], Directory.GetDirectories(Folder));
    }

    [Fact]
    public void Publish_TheSameStepThreeTimes_KeepsEachUntilItIsRemoved()
    {
        JobCheckpoint[] all = [.. Enumerable.Range(0, 3).Select(_ => _store.Publish(Stage(_next, 6)))];
        Assert.Equal(3, all.Select(one => one.Directory).Distinct().Count());
        _store.RemoveLeftovers(_next, [all[2]]);
        Assert.Equal([all[2].Directory], Directory.GetDirectories(Folder));
    }

    [Fact]
    public void RemoveLeftovers_WithAnOldRecord_LeavesWhatIsNewer()
    {
        JobCheckpoint recorded = _store.Publish(Stage(_next, 6));
        StagedCheckpoint writing = Stage(_next, 9);

        _store.RemoveLeftovers(_late, []);

        Assert.Equal("next", Writer(recorded.Directory));
        Assert.Equal("next", Writer(writing.Directory));
    }

    [Fact]
    public void Remove_OfADirectoryThatTheNextWorkerMadeUnderTheSameName_DoesNothing()
    {
        JobCheckpoint first = _store.Publish(Stage(_late, 6));
        _store.RemoveLeftovers(_next, []);
        JobCheckpoint recorded = _store.Publish(Stage(_next, 6));
        Assert.Equal(first.Directory, recorded.Directory);

        _store.Remove(_late, first);
        _store.SetAside(_late, first);

        Assert.Equal("next", Writer(recorded.Directory));
    }

    [Fact]
    public void RemoveLeftovers_OfAnEarlierVersion_TakesWhatHasNoToken()
    {
        Directory.CreateDirectory(Path.Combine(Folder, ".step-000003.0123456789abcdef0123456789abcdef"));
        Directory.CreateDirectory(Path.Combine(Folder, "step-000003"));
        File.WriteAllText(Path.Combine(Folder, "step-000003", "checkpoint.json"), """{"step":3,"createTime":"2026-01-01T00:00:00+00:00","score":null}""");
        _store.RemoveLeftovers(_late, []);
        Assert.Empty(Directory.GetDirectories(Folder));
    }

    [Fact]
    public void Locate_DataRootMountedElsewhere_IsTheDirectoryHere()
    {
        JobCheckpoint published = _store.Publish(Stage(_next, 6));
        JobCheckpoint recorded = published with { Directory = "/another/mount/jobs/job-0001/checkpoints/step-000006" };

        Assert.Equal(published.Directory, _store.Locate(Id, recorded).Directory);
        _store.RemoveLeftovers(_next, [recorded]);
        Assert.Equal("next", Writer(published.Directory));
    }

    [Fact]
    public void DropTrainerState_LeavesTheModelAndItsManifest()
    {
        JobCheckpoint published = _store.Publish(_store.Stage(_next, 6, null, directory =>
        {
            File.WriteAllText(Path.Combine(directory, "model.safetensors"), "model");
            Directory.CreateDirectory(Path.Combine(directory, "trainer"));
            File.WriteAllText(Path.Combine(directory, "trainer", "trainer_state.safetensors"), "state");
        }));
        Assert.Equal(["model.safetensors"], Directory.GetFiles(published.Directory, "*.safetensors").Select(Path.GetFileName));
        Assert.Equal([Id], _store.ListTrainerStates());

        _store.DropTrainerState(Id);

        Assert.Empty(_store.ListTrainerStates());
        Assert.Equal(["checkpoint.json", "manifest.json", "model.safetensors"], Directory.GetFileSystemEntries(published.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Null(_store.FindDamage(published, ManifestScope.Everything, CancellationToken.None));
        File.WriteAllText(Path.Combine(published.Directory, "model.safetensors"), "madel");
        Assert.NotNull(_store.FindDamage(published, ManifestScope.Everything, CancellationToken.None));
    }

    private StagedCheckpoint Stage(JobLease lease, int step) => _store.Stage(lease, step, null, directory => File.WriteAllText(Path.Combine(directory, "writer"), lease.WorkerId));

    private static string Writer(string directory) => File.ReadAllText(Path.Combine(directory, "writer"));
}
