using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The whole path over PostgreSQL.</summary>
public sealed class PostgresJobTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task The_demo_runs_over_postgresql()
    {
        await using var postgres = await PostgresCluster.StartAsync(TestContext.Current.CancellationToken);

        var demo = (await AlignProgram.RunAsync("demo", "--json", "--store", postgres.Connection, "--data", _data.Path)).Exits(0);

        Assert.Equal(1, (int)demo.Json["seed"]!);
        Assert.True(File.Exists(Path.Combine((string)demo.Json["checkpoint"]!, "config.json")));
        Assert.False(File.Exists(Path.Combine(_data.Path, "align.db")), "the embedded store was used");
    }

    [Fact]
    public async Task A_server_without_workers_and_a_worker_of_its_own_share_the_store()
    {
        await using var postgres = await PostgresCluster.StartAsync(TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["ALIGN_STORE"] = postgres.Connection };
        var cancellation = TestContext.Current.CancellationToken;
        using var server = AlignProgram.Start(new ProgramInput { Environment = environment }, "serve", "--listen", "http://127.0.0.1:0", "--data", _data.Path, "--roots", "/", "--workers", "0", "--json", "--stop-with-input", "--log-format", "none");
        string address = (string)JsonNode.Parse((await server.StandardOutput.ReadLineAsync(cancellation))!)!["addresses"]![0]!;
        using var worker = AlignProgram.Start(new ProgramInput { Environment = environment }, "worker", "--data", _data.Path, "--roots", "/", "--log-format", "none");
        try
        {
            string file = _data.Write("job.yaml", JobFiles.Running(JobFiles.Policy, steps: 3, checkpointEvery: 3));

            var events = (await AlignProgram.RunAsync("submit", file, "--watch", "--json", "--server", address)).Exits(0).JsonLines.Skip(1).ToList();

            Assert.Equal([1, 2, 3], WatchStream.TrainedSteps(events));
        }
        finally
        {
            RunningServer.Signal(worker, System.Runtime.InteropServices.PosixSignal.SIGTERM);
            server.StandardInput.Close();
        }

        await worker.WaitForExitAsync(cancellation);
        await server.WaitForExitAsync(cancellation);
        Assert.Equal((0, 0), (worker.ExitCode, server.ExitCode));
    }
}
