using System.Diagnostics;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The clients of examples/clients against a real server: what it says reaches them in full meaning, although their libraries bound the size of errors.</summary>
public sealed class ClientExampleTests : IDisposable
{
    /// <summary>Debian's Python, which finds Debian's packages.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly string Clients = Path.Combine(Repository.Root, "examples", "clients");

    /// <summary>Where ./test.sh installs what the Node client needs.</summary>
    private static readonly string NodeModules = Path.Combine(Repository.Root, ".cache", "node-client", "node_modules");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Languages => ["python", "node"];

    public static TheoryData<string> AllLanguages => ["python", "node", "csharp"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(AllLanguages))]
    public async Task A_client_uploads_submits_follows_and_downloads(string language)
    {
        Require(language);
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string rows = _folder.Write("rows.jsonl", "{\"prompt\": \"sort ejcmd:\"}\n{\"prompt\": \"sort kjhdn:\"}\n");
        string job = _folder.Write("job.json", $$$"""
            {
              "display_name": "from {{{language}}}",
              "grpo": {
                "model": "{{{JobFiles.Policy}}}",
                "prompts": {"file": "datasets/rows"},
                "rewards": [{"name": "low", "regular_expression": {"pattern": "^[a-e]"}}],
                "algorithm": {"steps": 2, "prompts_per_step": 2, "group_size": 4},
                "sampling": {"max_completion_length": 8}
              }
            }
            """);

        (int exitCode, string output, string error) = await RunAsync(language, server, "push", "datasets/rows", rows);
        Assert.True(exitCode == 0 && output == "datasets/rows: 2 rows\n", output + error + server.Log);
        Assert.Equal(0, (await RunAsync(language, server, "push", "datasets/rows", rows)).ExitCode); // it is there already
        (exitCode, output, error) = await RunAsync(language, server, "submit", job);

        Assert.True(exitCode == 0, output + error + server.Log);
        Assert.Contains("step 2/2:", output, StringComparison.Ordinal);
        Assert.Contains(language == "csharp" ? "Succeeded" : "JOB_STATE_SUCCEEDED", output, StringComparison.Ordinal);
        string listed = (await RunAsync(language, server, "list")).Output, name = listed.Split(' ')[0], target = Path.Combine(_folder.Path, "pulled");
        Assert.Contains($"from {language}", listed, StringComparison.Ordinal);
        (exitCode, output, error) = await RunAsync(language, server, "pull", $"{name}/checkpoints/last", target);
        Assert.True(exitCode == 0, output + error + server.Log);
        string trained = (string)(await server.RunAsync("show", name, "--json")).Exits(0).Json["checkpoints"]![0]!["directory"]!;
        Assert.All((string[])["model.safetensors", "config.json", "tokenizer.json"], file => Assert.Equal(File.ReadAllBytes(Path.Combine(trained, file)), File.ReadAllBytes(Path.Combine(target, file))));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task A_client_is_told_the_first_faults_by_an_error_and_all_by_a_response(string language)
    {
        Require(language);
        await using RunningServer server = await RunningServer.StartAsync(workers: 0);
        string sources = string.Join(", ", Enumerable.Range(0, 40).Select(i => $"{{\"name\": \"r{i}\"}}"));
        string job = _folder.Write("job.json", $$$$"""
            {"grpo": {"model": "{{{{JobFiles.Policy}}}}", "prompts": {"inline": [{"text": "a"}]}, "rewards": [{{{{sources}}}}], "algorithm": {"profile": "{{{{new string('漢', 40_000)}}}}", "group_size": 1}}}
            """);

        (int exitCode, string output, string error) = await RunAsync(language, server, "submit", job);
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(exitCode == 2, output + error);
        Assert.StartsWith("INVALID_ARGUMENT", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("spec.grpo.rewards[0].kind [MISSING]: no reward kind is set; set one of reward_model", lines[1], StringComparison.Ordinal);
        Assert.Contains("[MORE]: and ", lines[^1], StringComparison.Ordinal);

        (exitCode, output, error) = await RunAsync(language, server, "validate", job);
        string[] listed = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(exitCode == 2, output + error);
        Assert.Equal(40, listed.Count(line => line.Contains(".kind: no reward kind is set", StringComparison.Ordinal)));
        Assert.Contains("spec.grpo.algorithm.group_size: it is 1; GRPO compares the completions of a prompt, so it must be at least 2.", listed);
        Assert.Single(listed, line => line.StartsWith("spec.grpo.algorithm.profile: \"漢漢", StringComparison.Ordinal));
    }

    private static void Require(string language)
    {
        if (language == "python" && !(File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/grpc")))
        {
            Requirement.Missing("clients", "Debian's python3-grpcio is not installed.");
        }

        if (language == "node" && !Directory.Exists(Path.Combine(NodeModules, "@grpc", "grpc-js")))
        {
            Requirement.Missing("clients", $"@grpc/grpc-js is not installed in {NodeModules}; ./test.sh does that.");
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string language, RunningServer server, params string[] arguments)
    {
        string[] program = language switch
        {
            "csharp" => [Path.Combine(Clients, "csharp", "bin", "Release", "net10.0", "linux-x64", "align-client")],
            "python" => [Python, Path.Combine(Clients, "python", "align_client.py")],
            _ => ["node", Path.Combine(Clients, "node", "align-client.js")],
        };
        ProcessStartInfo start = new(program[0], [.. program[1..], new Uri(server.Address).Authority, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = NodeModules;
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
