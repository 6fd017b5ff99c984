using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The scorers of examples/scorers against a real job: whatever they are written in, the same completions have the same scores, so the jobs end with the same numbers.</summary>
public sealed class ScorerExampleTests : IDisposable
{
    private const string Secret = "a-token-of-the-test";

    /// <summary>Debian's Python, which finds Debian's packages.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly string Scorers = Path.Combine(Repository.Root, "examples", "scorers");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_learns_from_a_scorer_in_any_language()
    {
        Require();
        await using RunningServer server = await RunningServer.StartAsync(workers: 1, new Dictionary<string, string> { ["ALIGN_SECRET_SCORER"] = Secret });
        Dictionary<string, string> stories = [];
        foreach ((string language, string kind) in new[] { ("csharp", "remote"), ("python", "remote"), ("node", "http") })
        {
            stories[language] = await RunAsync(language, kind, server);
        }

        Assert.NotEqual("", stories["csharp"]);
        Assert.Equal(stories["csharp"], stories["python"]);
        Assert.Equal(stories["csharp"], stories["node"]);
        Assert.DoesNotContain(Secret, server.Log, StringComparison.Ordinal);
    }

    private static void Require()
    {
        if (!(File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/grpc")))
        {
            Requirement.Missing("clients", "Debian's python3-grpcio is not installed.");
        }
    }

    private async Task<string> RunAsync(string language, string kind, RunningServer server)
    {
        int port = FreePort();
        using Process scorer = Start(language, port);
        try
        {
            Assert.Equal("ready", await scorer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            string target = kind == "remote" ? $"address: http://127.0.0.1:{port}" : $"url: http://127.0.0.1:{port}/score";
            string job = $$$"""
                seed: 3
                grpo:
                  model: {{{JobFiles.Policy}}}
                  prompts: {inline: [{text: "sort ejcmd:"}, {text: "sort kjhdn:"}]}
                  rewards:
                    - name: order
                      {{{kind}}}: { {{{target}}}, token: "env:ALIGN_SECRET_SCORER", batch_size: 3, calls: {when_unscored: fail_job} }
                  algorithm: {steps: 3, prompts_per_step: 2, group_size: 4}
                  sampling: {max_completion_length: 8}
                """;
            string name = (string)(await server.RunAsync("submit", _folder.Write("job.yaml", job), "--json")).Exits(0).Json["name"]!;
            using WatchStream watch = WatchStream.Open(server, name);
            Assert.True(await watch.ReadToEndAsync() == 0, $"{language}: {string.Join('\n', watch.Events)}");
            Assert.All(watch.Events, happened => Assert.DoesNotContain(Secret, happened.ToJsonString(), StringComparison.Ordinal));
            return string.Join('\n', watch.Events.Select(happened => happened["metrics"]?["values"]).OfType<JsonNode>().Select(values => $"{values["reward/order/mean"]} {values["reward/order/missing_fraction"]} {values["policy/loss"]} {values["policy/grad_norm"]}"));
        }
        finally
        {
            scorer.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string language, int port)
    {
        string[] program = language switch
        {
            "csharp" => [Path.Combine(Scorers, "csharp", "bin", "Release", "net10.0", "linux-x64", "scorer")],
            "python" => [Python, Path.Combine(Scorers, "python", "scorer.py")],
            _ => ["node", Path.Combine(Scorers, "node", "scorer.js")],
        };
        ProcessStartInfo start = new(program[0], [.. program.Skip(1), port.ToString(CultureInfo.InvariantCulture), Secret]) { RedirectStandardOutput = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!; // programs that are required above, or part of this build
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
