using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The commands against a real server process that runs no worker, so that jobs stay queued.</summary>
public sealed class JobCommandTests(IdleServer idle) : IClassFixture<IdleServer>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunningServer _server = idle.Server;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_submitted_job_is_listed_and_shown()
    {
        string name = await SubmitAsync("first");

        Assert.StartsWith("jobs/", name, StringComparison.Ordinal);
        var listed = (await _server.RunAsync("list", "--json")).Exits(0).Json["jobs"]!.AsArray();
        Assert.Equal(name, listed.Select(job => (string)job!["name"]!).First());
        Assert.Contains(name, (await _server.RunAsync("list")).Exits(0).Output, StringComparison.Ordinal);
        var shown = (await _server.RunAsync("show", name["jobs/".Length..], "--json")).Exits(0).Json;
        Assert.Equal("JOB_STATE_QUEUED", (string)shown["state"]!);
        string text = (await _server.RunAsync("show", name)).Exits(0).Output;
        Assert.Contains("queued", text, StringComparison.Ordinal);
        Assert.Contains("steps: 3", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_newest_first_and_can_be_narrowed()
    {
        string first = await SubmitAsync("first"), second = await SubmitAsync("second");
        (await _server.RunAsync("cancel", first)).Exits(0);

        Assert.Equal([second, first], await ListAsync("--limit", "2"));
        Assert.Equal([second], await ListAsync("--limit", "1"));
        Assert.Equal(first, (await ListAsync("--state", "cancelled")).First());
        Assert.Equal(second, (await ListAsync("--state", "running", "--state", "queued")).First());
        Assert.DoesNotContain(first, await ListAsync("--state", "queued"));
    }

    [Fact]
    public async Task A_cancelled_job_is_told_by_exit_code_5()
    {
        string name = await SubmitAsync("doomed");

        var cancelled = (await _server.RunAsync("cancel", name, "--json")).Exits(0);

        Assert.Equal("JOB_STATE_CANCELLED", (string)cancelled.Json["state"]!);
        var events = (await _server.RunAsync("watch", name, "--json")).Exits(5).JsonLines;
        Assert.Equal("JOB_STATE_CANCELLED", (string)events[^1]["state_changed"]!["to"]!);
        Assert.Contains("cancelled", (await _server.RunAsync("watch", name)).Exits(5).Output, StringComparison.Ordinal);
        Assert.Empty((await _server.RunAsync("watch", name, "--json", "--after", $"{events.Count}")).Exits(5).Output);
    }

    [Fact]
    public async Task A_repeated_submit_with_the_same_request_id_returns_the_same_job()
    {
        string file = _folder.Write("job.yaml", JobFiles.Accepted());
        string other = _folder.Write("other.yaml", JobFiles.Accepted("another"));

        var first = (await _server.RunAsync("submit", file, "--request-id", "build-7", "--json")).Exits(0).Json;
        var again = (await _server.RunAsync("submit", file, "--request-id", "build-7", "--json")).Exits(0).Json;

        Assert.Equal((string)first["name"]!, (string)again["name"]!);
        Assert.Contains("build-7", (await _server.RunAsync("submit", other, "--request-id", "build-7")).Exits(6).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_queues_nothing_and_prints_a_job_file_with_every_default()
    {
        string file = _folder.Write("job.yaml", JobFiles.Accepted());
        var before = await ListAsync();

        string full = (await _server.RunAsync("validate", file)).Exits(0).Output;

        Assert.Matches(@"kl_coefficient: 0\.04", full);
        Assert.Matches("objective: clipped", full);
        string again = (await _server.RunAsync("validate", _folder.Write("full.yaml", full))).Exits(0).Output;
        Assert.Equal(full, again);
        Assert.Equal(before, await ListAsync());
    }

    /// <summary>YAML reads much into white space, control characters and signs at a word's start.</summary>
    [Fact]
    public async Task Whatever_a_text_holds_the_printed_job_reads_back_to_the_same()
    {
        string[] texts = ["\t", "\r\n", "\n\n", " y ", "a\r", "- z", "# x", "a: b", "null", "Null", "~", "true", "---", "*b", "{", "\u0001", "\u0085", "\u2028", "\uFEFF", "\"'"];
        string file = _folder.Write("texts.yaml", JobFiles.Accepted() + $"    stop_strings: {JsonSerializer.Serialize(texts)}\n");
        JsonNode expected = (await _server.RunAsync("validate", file, "--json")).Exits(0).Json;
        string printed = (await _server.RunAsync("validate", file)).Exits(0).Output;

        JsonNode again = (await _server.RunAsync("validate", _folder.Write("texts-full.yaml", printed), "--json")).Exits(0).Json;

        Assert.Equal(texts, expected["grpo"]!["sampling"]!["stop_strings"]!.AsArray().Select(text => (string)text!));
        Assert.Equal(expected.ToJsonString(), again.ToJsonString());
    }

    [Fact]
    public async Task Faults_that_the_server_finds_come_with_the_files_lines()
    {
        string yaml = JobFiles.Accepted().Replace("steps: 3", "steps: 3\n    group_size: 1\n    clip_low: -2", StringComparison.Ordinal);
        string file = _folder.Write("job.yaml", yaml);

        var result = (await _server.RunAsync("submit", file, "--json")).Exits(2);

        var faults = result.Json["error"]!["faults"]!.AsArray();
        Assert.Equal(["grpo.algorithm.clip_low", "grpo.algorithm.group_size"], faults.Select(fault => (string)fault!["field"]!).Order());
        string[] lines = yaml.Split('\n');
        Assert.All(faults, fault => Assert.Contains(((string)fault!["field"]!).Split('.')[^1], lines[(int)fault["line"]! - 1], StringComparison.Ordinal));
        Assert.Contains($"{file}:{Array.FindIndex(lines, line => line.Contains("group_size", StringComparison.Ordinal)) + 1}: grpo.algorithm.group_size: ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("watch")]
    [InlineData("cancel")]
    public async Task An_unknown_job_exits_4_and_lists_the_near_ones(string command)
    {
        string name = await SubmitAsync("near");
        string mistyped = name[..^1] + (name[^1] == '0' ? '1' : '0');

        Assert.Contains($"Similar: {name}", (await _server.RunAsync(command, mistyped)).Exits(4).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_suggests_the_servers_jobs()
    {
        string name = await SubmitAsync("suggested");

        var result = (await _server.RunAsync("[suggest:17]", "align watch jobs/")).Exits(0);

        Assert.Contains(name, result.Output.Split('\n'));
    }

    [Fact]
    public async Task Interrupting_watch_leaves_the_job_alone_and_says_so()
    {
        string name = await SubmitAsync("watched");
        using var watch = _server.Start("watch", name, "--json");
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Contains($"Watching {name}", await watch.StandardError.ReadLineAsync(cancellation), StringComparison.Ordinal);

        RunningServer.Signal(watch, PosixSignal.SIGINT);
        await watch.WaitForExitAsync(cancellation);

        Assert.Equal(130, watch.ExitCode);
        Assert.Contains($"{name} keeps running", await watch.StandardError.ReadToEndAsync(cancellation), StringComparison.Ordinal);
        Assert.Equal("JOB_STATE_QUEUED", (string)(await _server.RunAsync("show", name, "--json")).Exits(0).Json["state"]!);
    }

    [Fact]
    public async Task Watch_survives_a_killed_server_and_goes_on_after_its_last_event()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var data = new TemporaryFolder();
        var first = await RunningServer.StartAsync(data, "http://127.0.0.1:0", workers: 0);
        string name = await SubmitAsync(first, "survivor");
        using var watch = first.Start("watch", name, "--json");
        Assert.Contains($"Watching {name}", await watch.StandardError.ReadLineAsync(cancellation), StringComparison.Ordinal);
        first.Process.Kill();
        await first.Process.WaitForExitAsync(cancellation);
        Assert.Contains("was lost; retrying", await watch.StandardError.ReadLineAsync(cancellation), StringComparison.Ordinal);

        await using var second = await RunningServer.StartAsync(data, first.Address, workers: 0);
        (await second.RunAsync("cancel", name)).Exits(0);
        var events = new List<JsonNode>();
        while (await watch.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            events.Add(JsonNode.Parse(line)!);
        }

        await watch.WaitForExitAsync(cancellation);
        Assert.Equal(5, watch.ExitCode);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(cursor => $"{cursor}"), events.Select(happened => (string)happened["cursor"]!));
        Assert.Equal("JOB_STATE_CANCELLED", (string)events[^1]["state_changed"]!["to"]!);
        await first.DisposeAsync();
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task A_signal_stops_the_server_in_order(PosixSignal signal)
    {
        await using var server = await RunningServer.StartAsync(workers: 0);

        RunningServer.Signal(server.Process, signal);

        await server.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, server.Process.ExitCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var result = (await AlignProgram.RunAsync("serve", "--listen", _server.Address, "--data", _folder.Path)).Exits(2);

        Assert.Contains(_server.Address, result.Error, StringComparison.Ordinal);
        Assert.Contains("the address is in use", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_named()
    {
        var result = (await AlignProgram.RunAsync("serve", "--listen", "http://127.0.0.1:0", "--store", "Host=127.0.0.1;Port=1;Database=x", "--data", _folder.Path)).Exits(3);

        Assert.Contains("The store does not answer: Failed to connect to 127.0.0.1:1", result.Error, StringComparison.Ordinal);
    }

    private Task<string> SubmitAsync(string displayName) => SubmitAsync(_server, displayName);

    private async Task<string> SubmitAsync(RunningServer server, string displayName) =>
        (string)(await server.RunAsync("submit", _folder.Write($"{displayName}.yaml", JobFiles.Accepted(displayName)), "--json")).Exits(0).Json["name"]!;

    private async Task<IEnumerable<string>> ListAsync(params string[] arguments) =>
        [.. (await _server.RunAsync(["list", "--json", .. arguments])).Exits(0).Json["jobs"]!.AsArray().Select(job => (string)job!["name"]!)];
}
