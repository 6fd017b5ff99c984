using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Jobs that really train, in worker processes of a real server.</summary>
public sealed class TrainingJobTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Steps = 12;
    private const int CheckpointEvery = 3;

    /// <summary>A worker is killed while it has at least as many steps before it as behind it, so that it cannot have finished meanwhile.</summary>
    private const int LongSteps = 40;
    private const int LastKilledStep = 20;

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(workers: 1);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_job_runs_to_its_end_and_leaves_a_checkpoint_that_answers()
    {
        string file = _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, Steps, CheckpointEvery));

        var result = (await _server.RunAsync("submit", file, "--watch", "--json")).Exits(0);

        var events = result.JsonLines.Skip(1).ToList(); // the first line is the job as it was queued
        Assert.Equal(Enumerable.Range(1, Steps), WatchStream.TrainedSteps(events));
        Assert.Equal("JOB_STATE_SUCCEEDED", (string)events[^1]["state_changed"]!["to"]!);
        var evaluated = events.Where(happened => happened["metrics"]?["values"]?["eval/reward/mean"] is not null).Select(happened => (int)happened["step"]!);
        Assert.Equal([0, 4, 8, 12], evaluated);
        var shown = (await _server.RunAsync("show", (string)result.JsonLines[0]["name"]!, "--json")).Exits(0).Json;
        string checkpoint = (string)shown["checkpoints"]!.AsArray()[^1]!["directory"]!;
        var answer = (await AlignProgram.RunAsync("sample", "--model", checkpoint, "--raw", "--prompt", "sort cba:", "--max-tokens", "8", "--json")).Exits(0).Json;
        Assert.InRange((int)answer["completion_tokens"]!, 1, 8);
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_no_step_is_lost_or_doubled()
    {
        int seed = Environment.TickCount;
        int step = new Random(seed).Next(1, LastKilledStep);
        output.WriteLine($"The worker is killed after step {step} (seed {seed}).");
        string name = await SubmitAsync(LongSteps);
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(step);
        int worker = Assert.Single(Workers());

        KillAtOnce(worker);
        int exitCode = await watch.ReadToEndAsync();

        Assert.True(exitCode == 0, $"exit code {exitCode}; the server's log:\n{_server.Log}");
        Assert.Equal(Enumerable.Range(1, LongSteps), WatchStream.TrainedSteps(watch.Events));
        Assert.Equal(Enumerable.Range(1, watch.Events.Count).Select(cursor => $"{cursor}"), watch.Events.Select(happened => (string)happened["cursor"]!));
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        var resumed = Assert.Single(watch.Events, happened => happened["resumed"] is not null)["resumed"]!;
        Assert.InRange((int)resumed["from_step"]!, step - (step % CheckpointEvery) - CheckpointEvery, LongSteps);
        var attempts = (await _server.RunAsync("show", name, "--json")).Exits(0).Json["attempts"]!.AsArray();
        Assert.Equal(["ATTEMPT_OUTCOME_LOST", "ATTEMPT_OUTCOME_SUCCEEDED"], attempts.Select(attempt => (string)attempt!["outcome"]!));
        Assert.All(attempts, attempt => Assert.Equal(("cpu", Environment.MachineName), ((string)attempt!["device"]!, (string)attempt["host"]!)));
        Assert.Matches($"device +cpu on {Environment.MachineName}", (await _server.RunAsync("show", name)).Exits(0).Output);
    }

    [Fact]
    public async Task A_paused_job_frees_its_worker_and_ends_with_the_same_weights_as_one_that_never_rested()
    {
        string undisturbed = await SubmitAsync(LongSteps);
        Assert.Equal(0, await WatchStream.Open(_server, undisturbed).ReadToEndAsync());
        string name = await SubmitAsync(LongSteps);
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(2);
        int worker = Assert.Single(Workers());

        var paused = (await _server.RunAsync("pause", name, "--json")).Exits(0).Json;

        Assert.Equal("JOB_STATE_PAUSED", (string)paused["state"]!);
        Assert.InRange((int)paused["progress"]!["completed_steps"]!, 2, LongSteps - 1);
        Assert.False(ProcessTree.IsRunning(worker), $"worker {worker} still runs");
        Assert.Contains("paused", (await _server.RunAsync("show", name)).Exits(0).Output, StringComparison.Ordinal);
        (await _server.RunAsync("resume", name, "--watch")).Exits(0);

        Assert.Equal(0, await watch.ReadToEndAsync());
        Assert.Equal(Enumerable.Range(1, LongSteps), WatchStream.TrainedSteps(watch.Events));
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        Assert.Equal(await WeightsAsync(undisturbed), await WeightsAsync(name));
        Assert.Contains("only a job that is queued, preparing or running can be paused", (await _server.RunAsync("pause", name)).Exits(6).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guardian_rolls_a_job_back_as_often_as_it_may_whoever_is_killed_meanwhile()
    {
        const int MaxRollbacks = 8;
        string job = JobFiles.Running(JobFiles.Policy, LongSteps, checkpointEvery: 2)
            .Replace("\"^[a-e]\"", "\"never\"", StringComparison.Ordinal)
            .Replace("    - name: brief\n      weight: 0.5\n      length: {}\n", "", StringComparison.Ordinal)
            + $"  guardian:\n    max_rollbacks: {MaxRollbacks}\n    no_learning_signal: {{action: roll_back, patience: 3}}\n";
        string name = (string)(await _server.RunAsync("submit", _folder.Write("job.yaml", job), "--json")).Exits(0).Json["name"]!;
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToAsync(happened => happened["guardian"] is not null);

        KillAtOnce(Assert.Single(Workers()));
        int exitCode = await watch.ReadToEndAsync();

        Assert.Equal(1, exitCode);
        var findings = watch.Events.Where(happened => happened["guardian"]?["rule"]?.GetValue<string>() == "no_learning_signal").Select(happened => happened["guardian"]!).ToList();
        // The checkpoint of step 2 was due while the bound was passed already: it was put off, so that each rollback goes back to before that.
        Assert.Equal(
            [.. Enumerable.Range(1, MaxRollbacks).Select(count => (0, Math.Pow(0.5, count))), (-1, -1)],
            findings.Select(finding => ((int?)finding["rolled_back_to"] ?? -1, (double?)finding["learning_rate_factor"] ?? -1)));
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        var rates = watch.Events.Where(happened => (int)happened["step"]! == 3).Select(happened => (double?)happened["metrics"]?["values"]?["policy/learning_rate"]).OfType<double>().ToList();
        Assert.Equal(Enumerable.Range(0, MaxRollbacks + 1).Select(count => rates[0] * Math.Pow(0.5, count)), rates);
        var shown = (await _server.RunAsync("show", name, "--json")).Exits(0).Json;
        Assert.Equal("guardian", (string)shown["failure"]!["reason"]!);
        string told = (await _server.RunAsync("watch", name)).Exits(1).Output;
        Assert.Contains("guardian, no_learning_signal: in 100% of the groups all rewards were equal", told, StringComparison.Ordinal);
        Assert.Contains("Going back to step 0, with 0.5000 times the learning rate.", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_returns_when_the_worker_is_gone()
    {
        string name = await SubmitAsync(steps: 100_000);
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(1);
        int worker = Assert.Single(Workers());

        (await _server.RunAsync("cancel", name)).Exits(0);

        Assert.False(ProcessTree.IsRunning(worker), $"worker {worker} still runs");
        Assert.Equal(5, await watch.ReadToEndAsync());
        Assert.Equal("JOB_STATE_CANCELLED", (string)(await _server.RunAsync("show", name, "--json")).Exits(0).Json["state"]!);
    }

    [Fact]
    public async Task A_job_that_fails_exits_1_and_says_why_and_what_to_try()
    {
        // Its JSON files are in order, so the server takes the job; the weights are cut short, which the worker finds.
        string broken = Directory.CreateDirectory(Path.Combine(_folder.Path, "broken")).FullName;
        foreach (string source in Directory.EnumerateFiles(JobFiles.Policy))
        {
            File.Copy(source, Path.Combine(broken, Path.GetFileName(source)));
            File.SetUnixFileMode(Path.Combine(broken, Path.GetFileName(source)), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await File.WriteAllBytesAsync(Path.Combine(broken, "model.safetensors"), new byte[64], TestContext.Current.CancellationToken);

        var result = (await _server.RunAsync("submit", _folder.Write("job.yaml", JobFiles.Running(broken, Steps, CheckpointEvery)), "--watch")).Exits(1);

        Assert.Contains("failed (model_invalid)", result.Error, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_server_takes_its_worker_with_it()
    {
        string name = await SubmitAsync(steps: 100_000);
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(1);
        int worker = Assert.Single(Workers());

        _server.Process.Kill();
        await _server.Process.WaitForExitAsync(TestContext.Current.CancellationToken);

        await ProcessTree.WaitForEndAsync(worker, TestContext.Current.CancellationToken);
    }

    private async Task<byte[]> WeightsAsync(string job)
    {
        var shown = (await _server.RunAsync("show", job, "--json")).Exits(0).Json;
        string directory = (string)shown["checkpoints"]!.AsArray()[^1]!["directory"]!;
        return await File.ReadAllBytesAsync(Path.Combine(directory, "model.safetensors"), TestContext.Current.CancellationToken);
    }

    private IReadOnlyList<int> Workers() => ProcessTree.ChildrenOf(_server.Process.Id, "worker");

    private async Task<string> SubmitAsync(int steps) =>
        (string)(await _server.RunAsync("submit", _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, steps, CheckpointEvery)), "--json")).Exits(0).Json["name"]!;

    private static void KillAtOnce(int processId)
    {
        using var process = System.Diagnostics.Process.GetProcessById(processId);
        process.Kill();
    }
}
