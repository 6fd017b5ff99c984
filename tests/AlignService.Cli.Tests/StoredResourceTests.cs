using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Models and data of a client that shares no files with the server: pushed, named by a job, pulled, removed.</summary>
public sealed class StoredResourceTests : IDisposable
{
    private const string Rows = """
        {"prompt": "sort ejcmd:"}
        {"prompt": "sort kjhdn:"}
        {"prompt": "sort nhklj:"}

        """;

    private readonly TemporaryFolder _data = new(), _here = new();

    public void Dispose()
    {
        _data.Dispose();
        _here.Dispose();
    }

    /// <summary>The job is queued by one server and run by the next, in its project's names.</summary>
    [Fact]
    public async Task A_project_trains_on_what_it_pushed_and_another_sees_nothing_of_it()
    {
        string file = _here.Write("prompts.jsonl", Rows), job;
        await using (RunningServer idle = await RunningServer.StartAsync(_data, "http://127.0.0.1:0", workers: 0))
        {
            (await idle.RunAsync("projects", "--create", "red")).Exits(0);
            JsonNode model = (await idle.RunAsync("models", "push", JobFiles.Policy, "--name", "sorter", "--project", "red", "--json")).Exits(0).Json;
            Assert.Equal(("models/sorter", "language_model"), ((string?)model["name"], (string?)model["kind"]));
            Assert.Contains("was there already", (await idle.RunAsync("models", "push", JobFiles.Policy, "--name", "sorter", "--project", "red")).Exits(0).Output, StringComparison.Ordinal);
            Assert.Contains("datasets/prompts is there: 3 rows", (await idle.RunAsync("datasets", "push", file, "--project", "red")).Exits(0).Output, StringComparison.Ordinal);

            Assert.Contains("models/sorter", (await idle.RunAsync("models", "list", "--project", "red")).Exits(0).Output, StringComparison.Ordinal);
            Assert.DoesNotContain("models/sorter", (await idle.RunAsync("models", "list")).Exits(0).Output, StringComparison.Ordinal);
            Assert.DoesNotContain("datasets/prompts", (await idle.RunAsync("datasets", "list")).Exits(0).Output, StringComparison.Ordinal);
            Assert.Contains("models/sorter does not exist", (await idle.RunAsync("models", "pull", "sorter", "--output", Path.Combine(_here.Path, "none"))).Exits(4).Error, StringComparison.Ordinal);

            string spec = _here.Write("job.yaml", JobFiles.Running("models/sorter", steps: 2, checkpointEvery: 2).Replace(
                "    inline:\n      - text: \"sort ejcmd:\"\n      - text: \"sort kjhdn:\"\n      - text: \"sort nhklj:\"\n      - text: \"sort bafcz:\"", "    file: datasets/prompts", StringComparison.Ordinal));
            Assert.Contains("file: datasets/prompts", await File.ReadAllTextAsync(spec, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Contains("models/sorter does not exist", (await idle.RunAsync("submit", spec)).Exits(2).Error, StringComparison.Ordinal);
            job = (string)(await idle.RunAsync("submit", spec, "--project", "red", "--json")).Exits(0).Json["name"]!;
            Assert.Contains(job, (await idle.RunAsync("models", "rm", "sorter", "--project", "red")).Exits(6).Error, StringComparison.Ordinal);
            Assert.Contains(job, (await idle.RunAsync("datasets", "rm", "prompts", "--project", "red")).Exits(6).Error, StringComparison.Ordinal);
        }

        await using RunningServer server = await RunningServer.StartAsync(_data, "http://127.0.0.1:0", workers: 1);
        (await server.RunAsync("watch", job, "--project", "red")).Exits(0);
        string tuned = Path.Combine(_here.Path, "tuned");
        (await server.RunAsync("models", "pull", $"{job}/checkpoints/last", "--output", tuned, "--project", "red")).Exits(0);
        Assert.True(File.Exists(Path.Combine(tuned, "config.json")) && File.Exists(Path.Combine(tuned, "model.safetensors")));
        Assert.False(Directory.Exists(tuned + ".partial") || Directory.Exists(Path.Combine(tuned, "trainer")));
        (await server.RunAsync("models", "pull", $"{job}/checkpoints/last", "--output", Path.Combine(_here.Path, "none"))).Exits(4);

        string back = Path.Combine(_here.Path, "back");
        (await server.RunAsync("models", "pull", "sorter", "--output", back, "--project", "red")).Exits(0);
        Assert.All(Directory.GetFiles(JobFiles.Policy), given => Assert.Equal(File.ReadAllBytes(given), File.ReadAllBytes(Path.Combine(back, Path.GetFileName(given)))));
        (await server.RunAsync("models", "rm", "sorter", "--project", "red")).Exits(0);
        (await server.RunAsync("datasets", "rm", "prompts", "--project", "red")).Exits(0);
        Assert.Empty(Directory.GetFiles(Path.Combine(_data.Path, "projects"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_is_wrong_is_told_before_or_by_the_server()
    {
        await using RunningServer server = await RunningServer.StartAsync(_data, "http://127.0.0.1:0", workers: 0);
        Assert.Contains("does not exist", (await server.RunAsync("models", "push", Path.Combine(_here.Path, "none"))).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", (await server.RunAsync("datasets", "push", Path.Combine(_here.Path, "none.jsonl"))).Exits(2).Error, StringComparison.Ordinal);
        string broken = _here.Write("broken.jsonl", "{\"prompt\": \"one\"}\n{\"prompt\": \n");
        Assert.Contains("line 2: not JSON", (await server.RunAsync("datasets", "push", broken)).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("No datasets", (await server.RunAsync("datasets", "list")).Exits(0).Output, StringComparison.OrdinalIgnoreCase);

        string rows = _here.Write("rows.jsonl", Rows);
        (await server.RunAsync("datasets", "push", rows, "--name", "rows")).Exits(0);
        Assert.Contains("exists with other content", (await server.RunAsync("datasets", "push", _here.Write("other.jsonl", "{\"prompt\": \"x\"}\n"), "--name", "rows")).Exits(6).Error, StringComparison.Ordinal);
        Assert.Equal("3", $"{(await server.RunAsync("datasets", "show", "rows", "--json")).Exits(0).Json["dataset"]!["row_count"]}");
        Assert.Contains("A B", (await server.RunAsync("datasets", "push", rows, "--name", "A B")).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("datasets/none does not exist", (await server.RunAsync("datasets", "rm", "none")).Exits(4).Error, StringComparison.Ordinal);
    }
}
