using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>A worker that somebody else than our supervisor started, whose training thread hangs in the kernel, where no cancellation reaches it.</summary>
public sealed class HungWorkerTests : IAsyncLifetime
{
    private const int Steps = 40;
    private const int CheckpointEvery = 3;
    private const string StuckSeconds = "30"; // the least that there is

    private readonly TemporaryFolder _data = new();
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(_data, "http://127.0.0.1:0", workers: 0);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_exits_with_code_5_and_the_next_one_goes_on()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string name = (string)(await _server.RunAsync("submit", _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, Steps, CheckpointEvery)), "--json")).Exits(0).Json["name"]!;
        using var watch = WatchStream.Open(_server, name);
        using (var first = StartWorker(name))
        {
            first.BeginErrorReadLine();
            await watch.ReadToStepAsync(CheckpointEvery + 1);
            RunningServer.Signal(first, PosixSignal.SIGTERM);
            await first.WaitForExitAsync(cancellation);
        }

        await watch.ReadToAsync(happened => (string?)happened["state_changed"]?["to"] == "JOB_STATE_QUEUED"); // it has given the job back

        // Whoever opens a pipe that nobody writes waits in the kernel.
        string manifest = Path.Combine((string)(await ShowAsync(name))["checkpoints"]!.AsArray()[^1]!["directory"]!, "manifest.json"), kept = Path.Combine(_folder.Path, "manifest.json");
        File.Move(manifest, kept);
        using (var made = Process.Start("mkfifo", manifest))
        {
            await made.WaitForExitAsync(cancellation);
        }

        using var hung = StartWorker(name);
        string log = await hung.StandardError.ReadToEndAsync(cancellation);
        await hung.WaitForExitAsync(cancellation);
        Assert.Equal(5, hung.ExitCode);
        Assert.Contains("this worker gives the job up and exits", log, StringComparison.Ordinal);

        File.Move(kept, manifest, overwrite: true);
        await watch.ReadToAsync(happened => (string?)happened["state_changed"]?["reason"] == "its worker was lost"); // its lease has run out
        using (var last = StartWorker(name))
        {
            last.BeginErrorReadLine();
            Assert.Equal(0, await watch.ReadToEndAsync());
            await last.WaitForExitAsync(cancellation);
            Assert.Equal(0, last.ExitCode);
        }

        Assert.Equal(Enumerable.Range(1, Steps), WatchStream.TrainedSteps(watch.Events));
        Assert.Equal(
            ["ATTEMPT_OUTCOME_STOPPED", "ATTEMPT_OUTCOME_LOST", "ATTEMPT_OUTCOME_SUCCEEDED"],
            (await ShowAsync(name))["attempts"]!.AsArray().Select(attempt => (string)attempt!["outcome"]!));
    }

    private Process StartWorker(string job) => AlignProgram.Start(
        new ProgramInput(), "worker", "--job", job, "--data", _data.Path, "--roots", "/", "--lease-seconds", "10", "--stop-grace-seconds", "20", "--stuck-seconds", StuckSeconds);

    private async Task<System.Text.Json.Nodes.JsonNode> ShowAsync(string job) => (await _server.RunAsync("show", job, "--json")).Exits(0).Json;
}
