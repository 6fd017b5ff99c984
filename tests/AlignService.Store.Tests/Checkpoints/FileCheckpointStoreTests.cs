using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;
using Xunit;

namespace AlignService.Store.Tests.Checkpoints;

public sealed class FileCheckpointStoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("align-checkpoints-").FullName;
    private readonly JobId _id = new("job-0001");
    private readonly JobLease _lease = new(new JobId("job-0001"), "worker", Token: 5, DateTimeOffset.MaxValue);
    private readonly FileCheckpointStore _store;

    public FileCheckpointStoreTests() => _store = new FileCheckpointStore(_root, TimeProvider.System);

    private string Folder => Path.Combine(_root, "jobs", "job-0001", "checkpoints");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Publish_MakesTheWholeDirectoryFindable()
    {
        StagedCheckpoint staged = Stage(120, 0.5);
        Assert.Throws<CheckpointException>(() => _store.Find(_id, "last"));

        JobCheckpoint checkpoint = _store.Publish(staged);
        Assert.Equal(Path.Combine(Folder, "step-000120"), checkpoint.Directory);
        Assert.Equal((120, 0.5, "step-000120"), (checkpoint.Step, checkpoint.Score, checkpoint.Name));
        Assert.Equal("weights of 120", File.ReadAllText(Path.Combine(checkpoint.Directory, "sub", "weights")));
        Assert.Equal([checkpoint.Directory], Directory.GetDirectories(Folder));
    }

    [Fact]
    public void Stage_SaveFails_LeavesNothing()
    {
        Assert.Throws<IOException>(() => _store.Stage(_lease, 1, null, directory =>
        {
            File.WriteAllText(Path.Combine(directory, "half"), "x");
            throw new IOException("No space left on device");
        }));
        Assert.Empty(Directory.GetDirectories(Folder));
    }

    [Fact]
    public void Publish_OverOneThatWasNeverRecorded_Replaces()
    {
        _store.Publish(Stage(1, null));
        File.WriteAllText(Path.Combine(Folder, "step-000001", "stray"), "x");
        JobCheckpoint recorded = _store.Publish(Stage(1, 1.0));
        _store.RemoveLeftovers(_lease, [recorded]);
        Assert.False(File.Exists(Path.Combine(recorded.Directory, "stray")));
        Assert.Single(Directory.GetDirectories(Folder));
    }

    [Fact]
    public void RemoveLeftovers_KeepsWhatIsRecorded()
    {
        _store.Publish(Stage(1, null));
        _store.Publish(Stage(2, null));
        Stage(3, null);
        _store.RemoveLeftovers(_lease, [At(1)]);
        Assert.Equal([Path.Combine(Folder, "step-000001")], Directory.GetDirectories(Folder));
        _store.RemoveLeftovers(_lease with { JobId = new JobId("never-was") }, []);
    }

    [Fact]
    public void Find_ByEveryName()
    {
        _store.Publish(Stage(10, 0.2));
        _store.Publish(Stage(20, 0.9));
        _store.Publish(Stage(30, null));
        Assert.EndsWith("step-000020", _store.Find(_id, "best").Directory, StringComparison.Ordinal);
        Assert.EndsWith("step-000030", _store.Find(_id, "last").Directory, StringComparison.Ordinal);
        Assert.EndsWith("step-000010", _store.Find(_id, "step-000010").Directory, StringComparison.Ordinal);
        CheckpointException error = Assert.Throws<CheckpointException>(() => _store.Find(_id, "step-000011"));
        Assert.Contains("step-000010, step-000020, step-000030", error.Message, StringComparison.Ordinal);

        _store.Remove(_lease, At(20));
        _store.Remove(_lease, At(20));
        Assert.EndsWith("step-000010", _store.Find(_id, "best").Directory, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WithoutScores_BestIsTheLast()
    {
        _store.Publish(Stage(10, null));
        _store.Publish(Stage(20, null));
        File.Delete(Path.Combine(Folder, "step-000020", "checkpoint.json"));
        Assert.EndsWith("step-000020", _store.Find(_id, "best").Directory, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobs/job-0001/checkpoints/last", true)]
    [InlineData("jobs/job-0001/checkpoints/step-000010", true)]
    [InlineData("jobs/../checkpoints/last", false)]
    [InlineData("jobs/job-0001/checkpoints/../../x", false)]
    [InlineData("somewhere/models/tiny", false)]
    public void Resolve_TellsCheckpointsFromDirectories(string reference, bool isCheckpoint)
    {
        _store.Publish(Stage(10, null));
        var models = new ModelDirectories(_store, FilePolicy.Anywhere);
        if (isCheckpoint)
        {
            Assert.Equal(Path.Combine(Folder, "step-000010"), models.Resolve(reference));
        }
        else
        {
            Assert.Contains(reference, Assert.Throws<CheckpointException>(() => models.Resolve(reference)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(_root, models.Resolve(_root));
    }

    /// <summary>A worker holds models to the roots again: a job is checked by another process, and links change.</summary>
    [Fact]
    public void Resolve_OutsideTheRoots_IsRefused()
    {
        string other = Directory.CreateTempSubdirectory("align-elsewhere-").FullName;
        try
        {
            string model = Path.Combine(_root, "model"), adapter = Path.Combine(_root, "adapter");
            Directory.CreateDirectory(model);
            Directory.CreateDirectory(adapter);
            File.WriteAllText(Path.Combine(other, "config.json"), "{}");
            File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), $$"""{ "peft_type": "LORA", "r": 4, "target_modules": ["q_proj"], "base_model_name_or_path": "{{other}}" }""");
            var models = new ModelDirectories(_store, new FilePolicy([_root], 1 << 20));
            Assert.Equal(model, models.Resolve(model));
            Assert.Equal(adapter, models.Resolve(adapter, _ => { }, withBase: false));

            File.CreateSymbolicLink(Path.Combine(model, "config.json"), Path.Combine(other, "config.json"));
            foreach (string refused in (string[])[other, model, adapter, "/no/such/model"])
            {
                Assert.Contains($"is outside the directories that jobs may read ({_root})", Assert.Throws<CheckpointException>(() => models.Resolve(refused)).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    private JobCheckpoint At(int step) => new(step, Path.Combine(Folder, $"step-{step:D6}"), default, null);

    private StagedCheckpoint Stage(int step, double? score) => _store.Stage(_lease, step, score, directory =>
    {
        Assert.Empty(Directory.GetFileSystemEntries(directory));
        Directory.CreateDirectory(Path.Combine(directory, "sub"));
        File.WriteAllText(Path.Combine(directory, "sub", "weights"), $"weights of {step}");
    });
}
