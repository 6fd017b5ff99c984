using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>docs/pipelines.md, as it is printed: a client and a server in network namespaces of their own, and the client's folder hidden from the server.</summary>
public sealed partial class PipelineDocumentTests : IDisposable
{
    private readonly TemporaryFolder _client = new(), _server = new();
    private readonly TwoMachines _machines = new("team.example", "train.example");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_team_goes_from_csv_to_a_served_model_and_leaves_nothing_behind()
    {
        string model = SharedModels.Stories260K(), data = SharedFolder.Require(Path.Combine("data", "sst2"));
        if (TwoMachines.Missing is { } missing)
        {
            Requirement.Missing("clients", missing);
        }

        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "pipelines.md"), Cancel);
        foreach (Match file in FileBlocks().Matches(page))
        {
            _client.Write(file.Groups["name"].Value, file.Groups["text"].Value);
        }

        File.Copy(Path.Combine(data, "train_binary_sent.csv"), Path.Combine(_client.Path, "sst2.csv"));
        File.Copy(Path.Combine(data, "dev_binary_sent.csv"), Path.Combine(_client.Path, "sst2-dev.csv"));
        Directory.CreateDirectory(Path.Combine(_client.Path, "base"));
        foreach (string file in Directory.GetFiles(model))
        {
            File.Copy(file, Path.Combine(_client.Path, "base", Path.GetFileName(file)));
        }

        _machines.Create();
        using Process server = _machines.Start("train.example", $"mount -t tmpfs none '{_client.Path}'; cd '{_server.Path}'; {Script(page, "server")}", new Dictionary<string, string>());
        try
        {
            string? key = await server.StandardOutput.ReadLineAsync(Cancel), listening = await server.StandardOutput.ReadLineAsync(Cancel);
            Assert.StartsWith("align_", key, StringComparison.Ordinal);
            Assert.Contains("http://", listening, StringComparison.Ordinal);
            Task<string> log = server.StandardOutput.ReadToEndAsync(Cancel), faults = server.StandardError.ReadToEndAsync(Cancel);

            using Process client = _machines.Start("team.example", $"cd '{_client.Path}'; {Script(page, "client")}", new Dictionary<string, string> { ["ALIGN_API_KEY"] = key! });
            Task<string> output = client.StandardOutput.ReadToEndAsync(Cancel), error = client.StandardError.ReadToEndAsync(Cancel);
            await client.WaitForExitAsync(Cancel);
            RunningServer.Signal(server, System.Runtime.InteropServices.PosixSignal.SIGTERM);

            Assert.True(client.ExitCode == 0, $"exit code {client.ExitCode}:\n{await output}\n{await error}\n{await log}\n{await faults}");
            Assert.Matches(@"right, difference +│ +– +│ +[+-]?[0-9.]+ ± [0-9.]+ ", await output);
            Assert.Equal("No jobs yet. `align submit JOB.yaml` submits one.", (await output).TrimEnd().Split('\n')[^1]);
            Assert.Equal(5, (await File.ReadAllTextAsync(Path.Combine(_client.Path, "ended.json"), Cancel)).Split("JOB_STATE_SUCCEEDED").Length - 1);
            await server.WaitForExitAsync(Cancel);
        }
        finally
        {
            _machines.Dispose();
        }

        // A Hugging Face directory and a file of llama.cpp here; there, the store alone.
        (await AlignProgram.RunAsync("model", "inspect", Path.Combine(_client.Path, "tuned"))).Exits(0);
        Assert.Equal("GGUF", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(Path.Combine(_client.Path, "tuned.gguf"), Cancel), 0, 4));
        Assert.All(Directory.GetFiles(_server.Path, "*", SearchOption.AllDirectories), file => Assert.StartsWith("align.db", Path.GetFileName(file), StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _machines.Dispose();
        _client.Dispose();
        _server.Dispose();
    }

    /// <summary>Every command that one machine runs, in order, in one shell.</summary>
    private static string Script(string page, string machine) => string.Concat(ShellBlocks().Matches(page).Where(block => block.Groups["machine"].Value == machine).Select(block => block.Groups["text"].Value));

    [GeneratedRegex(@"^```(yaml|python)\n# (?<name>\S+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex FileBlocks();

    [GeneratedRegex(@"^```sh (?<machine>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex ShellBlocks();
}
