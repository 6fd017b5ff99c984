using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed partial class DemoTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task The_demos_numbers_are_the_jobs_own_records()
    {
        var demo = (await AlignProgram.RunAsync("demo", "--json", "--seed", "3", "--data", _data.Path)).Exits(0);

        var line = Assert.Single(demo.JsonLines);
        await using var server = await RunningServer.StartAsync(_data, "http://127.0.0.1:0", workers: 0);
        string name = (string)line["job"]!;
        var job = (await server.RunAsync("show", name, "--json")).Exits(0).Json;
        var events = (await server.RunAsync("watch", name, "--json")).Exits(0).JsonLines;
        var evaluations = events.Where(happened => happened["metrics"]?["values"]?["eval/reward/mean"] is not null).ToList();
        Assert.Equal(0, (int)evaluations[0]["step"]!);
        Assert.Equal((int)line["steps"]!, (int)evaluations[^1]["step"]!);
        foreach (var (when, happened) in new[] { ("before", evaluations[0]), ("after", evaluations[^1]) })
        {
            var values = happened["metrics"]!["values"]!;
            Assert.Equal((double)values["eval/reward/mean"]!, (double)line[$"heldout_reward_{when}"]!);
            Assert.Equal((double)values["eval/reward/standard_error"]!, (double)line[$"heldout_reward_{when}_se"]!);
            Assert.Equal((double)values["eval/exact_match/mean"]!, (double)line[$"heldout_success_{when}"]!);
            Assert.Equal((double)values["eval/exact_match/standard_error"]!, (double)line[$"heldout_success_{when}_se"]!);
        }

        // It learns what is wanted, not what fools the reward model: by 20 points and by more than three standard errors.
        double rise = (double)line["heldout_success_after"]! - (double)line["heldout_success_before"]!;
        double error = double.Hypot((double)line["heldout_success_after_se"]!, (double)line["heldout_success_before_se"]!);
        Assert.InRange(rise, Math.Max(0.2, 3 * error), 1);
        Assert.Equal("3", (string)job["spec"]!["seed"]!);
        Assert.Equal(3, (int)line["seed"]!);
        Assert.Equal((double)events.Last(happened => happened["metrics"]?["values"]?["policy/kl"] is not null)["metrics"]!["values"]!["policy/kl"]!, (double)line["kl"]!);
        Assert.Equal((string)job["checkpoints"]!.AsArray()[^1]!["directory"]!, (string)line["checkpoint"]!);
        Assert.True(File.Exists(Path.Combine((string)line["checkpoint"]!, "model.safetensors")));
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public async Task An_interrupted_demo_leaves_no_process_behind(PosixSignal signal, int exitCode)
    {
        using var demo = Start();
        var (server, worker) = await TrainAsync(demo);

        RunningServer.Signal(demo, signal);
        await demo.WaitForExitAsync(Cancellation);

        Assert.Equal(exitCode, demo.ExitCode);
        Assert.False(ProcessTree.IsRunning(server), $"server {server} still runs");
        Assert.False(ProcessTree.IsRunning(worker), $"worker {worker} still runs");
    }

    [Fact]
    public async Task A_killed_demo_leaves_no_process_behind()
    {
        using var demo = Start();
        var (server, worker) = await TrainAsync(demo);

        demo.Kill();

        await ProcessTree.WaitForEndAsync(server, Cancellation);
        await ProcessTree.WaitForEndAsync(worker, Cancellation);
    }

    private Process Start() => AlignProgram.Start(new ProgramInput(), "demo", "--data", _data.Path);

    /// <summary>Returns the demo's server and worker when the first step is done.</summary>
    private static async Task<(int Server, int Worker)> TrainAsync(Process demo)
    {
        string announced = await demo.StandardError.ReadLineAsync(Cancellation) ?? "";
        int server = int.Parse(ServerProcess().Match(announced).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        while (await demo.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("step 1/", StringComparison.Ordinal))
            {
                return (server, Assert.Single(ProcessTree.ChildrenOf(server, "worker")));
            }
        }

        throw new InvalidOperationException($"The demo ended before its first step: {await demo.StandardError.ReadToEndAsync(Cancellation)}");
    }

    [GeneratedRegex(@"^Server process (\d+) listens on")]
    private static partial Regex ServerProcess();
}
