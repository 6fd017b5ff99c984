using AlignService.Jobs.Runs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;
using Xunit;

namespace AlignService.Store.Tests.Resources;

/// <summary>What a job's model is for a worker: in its own project's folder, and in no other.</summary>
public sealed class ProjectDirectoryTests : IDisposable
{
    private static readonly ProjectId Red = new("red"), Blue = new("blue");

    private readonly string _root = Directory.CreateTempSubdirectory("align-projects-").FullName;

    private ModelDirectories Models
    {
        get
        {
            DataRoot data = new(_root);
            return new(new FileCheckpointStore(_root, TimeProvider.System), new FilePolicy([_root], 1 << 20) { Data = data, Closed = [.. data.Collections, data.Projects] });
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Resolve_Name_IsTheProjectsOwn()
    {
        string shared = Write("models/a"), own = Write("projects/red/models/a");

        Assert.Equal(shared, Models.Of(ProjectId.Default).Resolve("models/a"));
        Assert.Equal(own, Models.Of(Red).Resolve("models/a"));
        Assert.Contains("models/a does not exist", Assert.Throws<CheckpointException>(() => Models.Of(Blue).Resolve("models/a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_Path_LeadsToNoOtherProject()
    {
        string own = Write("projects/red/models/a"), shared = Write("models/b"), outside = Write("elsewhere/c");

        Assert.Equal(own, Models.Of(Red).Resolve(own));
        Assert.Equal(outside, Models.Of(Red).Resolve(outside));
        foreach ((ProjectId project, string path) in new[] { (Blue, own), (Red, shared), (Blue, Path.Combine(_root, "projects", "red", "models", "none")), (ProjectId.Default, own) })
        {
            Assert.Contains("outside the directories", Assert.Throws<CheckpointException>(() => Models.Of(project).Resolve(path)).Message, StringComparison.Ordinal);
        }
    }

    private string Write(string folder)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_root, folder)).FullName;
        File.WriteAllText(Path.Combine(directory, "config.json"), "{}");
        return directory;
    }
}
