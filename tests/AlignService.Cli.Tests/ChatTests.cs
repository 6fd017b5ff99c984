using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>`align chat`, `align sample` and `align model inspect` against a running server and its processes, and `align reward try`.</summary>
[TestClass(DisableParallelization = true)]
public sealed class ChatTests(ChatTests.Host host) : IClassFixture<ChatTests.Host>
{
    private RunningServer Server => host.Server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_conversation_is_kept_and_is_the_same_on_a_server_and_in_the_program()
    {
        string model = SharedModels.SmolLm2();
        const string Lines = "What is the capital of France?\nAnd of Italy?\n/reset\nWhat is the capital of France?\n/system Answer in French.\nHello!\n/nonsense\n/exit\nNever said\n";
        string[] options = ["--temperature", "0", "--max-tokens", "12", "--json"];

        ProgramResult far = (await AlignProgram.RunAsync(new ProgramInput { Text = Lines, Environment = host.Environment }, ["chat", model, .. options])).Exits(0);
        ProgramResult near = (await AlignProgram.RunAsync(new ProgramInput { Text = Lines }, ["chat", model, "--local", .. options])).Exits(0);

        string[] answers = [.. far.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["text"]!)];
        Assert.Equal(near.Output, far.Output);
        Assert.Equal(4, answers.Length);
        Assert.Equal(answers[0], answers[2]);
        Assert.Contains("/nonsense is not known", far.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_answer_and_not_the_program()
    {
        using Process chat = AlignProgram.Start(new ProgramInput { Environment = host.Environment }, "chat", SharedModels.SmolLm2(), "--max-tokens", "1500", "--temperature", "1.5");
        await chat.StandardInput.WriteLineAsync("Tell me a very long story.");
        await chat.StandardInput.FlushAsync(Cancel);
        char[] first = new char[1];
        Assert.Equal(1, await chat.StandardOutput.ReadAsync(first, Cancel));
        RunningServer.Signal(chat, PosixSignal.SIGINT);
        await chat.StandardInput.WriteLineAsync("/exit");
        chat.StandardInput.Close();
        string rest = await chat.StandardOutput.ReadToEndAsync(Cancel);
        await chat.WaitForExitAsync(Cancel);

        Assert.Equal(0, chat.ExitCode);
        Assert.EndsWith("\n", rest, StringComparison.Ordinal);
        Assert.True(rest.Length < 5000, rest);
    }

    [Fact]
    public async Task Sample_and_inspect_ask_the_server_that_is_named()
    {
        string[] arguments = ["sample", "--model", JobFiles.Policy, "--raw", "--prompt", "sort ejcmd:", "--max-tokens", "12", "--temperature", "1.5", "--seed", "5", "--json"];

        JsonNode near = (await AlignProgram.RunAsync(arguments)).Exits(0).Json, far = (await AlignProgram.RunAsync([.. arguments, "--server", Server.Address])).Exits(0).Json;
        (await Server.RunAsync("models", "push", JobFiles.Policy, "--name", "models/policy")).Exits(0);
        JsonNode inspected = (await AlignProgram.RunAsync("model", "inspect", "models/policy", "--server", Server.Address, "--json")).Exits(0).Json;

        foreach (string field in new[] { "text", "finish_reason", "prompt_tokens", "completion_tokens", "token_ids", "log_probs" })
        {
            Assert.Equal(near[field]!.ToJsonString(), far[field]!.ToJsonString());
        }

        Assert.Equal("language_model", (string)inspected["kind"]!);
    }

    [Fact]
    public async Task What_cannot_be_answered_says_why()
    {
        ProgramResult none = await AlignProgram.RunAsync(new ProgramInput { Text = "a\n", Environment = host.Environment }, "chat", "models/nobody");
        ProgramResult template = await AlignProgram.RunAsync(new ProgramInput { Text = "a\n", Environment = host.Environment }, "chat", JobFiles.Policy);
        ProgramResult server = await AlignProgram.RunAsync(new ProgramInput { Text = "a\n" }, "chat", "models/nobody", "--server", "127.0.0.1:1");

        Assert.Contains("models/nobody", none.Exits(4).Error, StringComparison.Ordinal);
        Assert.Contains("chat template", template.Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("No server answers", server.Exits(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rewards_are_tried_before_a_job_is_paid_for()
    {
        using TemporaryFolder folder = new();
        string rows = folder.Write("rows.jsonl", "{\"prompt\": \"sort ejcmd:\", \"completion\": \"cdejm\", \"answer\": \"cdejm\"}\n{\"prompt\": \"sort ejcmd:\", \"completion\": \"m\", \"answer\": \"cdejm\"}\n");
        string job = folder.Write("job.yaml", $"grpo:\n  model: {JobFiles.Policy}\n  rewards:\n    - name: right\n      exact_match: {{}}\n    - name: learned\n      weight: 0.5\n      reward_model: {{model: {Path.Combine(Repository.Root, "src/AlignService.Cli/Demo/assets/reward-model")}}}\n");

        JsonNode tried = (await Server.RunAsync("reward", "try", rows, "--job", job, "--json")).Exits(0).Json;
        string scored = (await AlignProgram.RunAsync("score", rows, "--job", job, "--output", Path.Combine(folder.Path, "scores.jsonl"))).Exits(0).Output;
        string shown = (await Server.RunAsync("reward", "try", rows, "--job", job)).Exits(0).Output;

        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(Path.Combine(folder.Path, "scores.jsonl"), Cancel)).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(lines.Select(line => (double)line["reward"]!), tried["completions"]!.AsArray().Select(row => (double)row!["reward"]!));
        Assert.Equal(lines.Select(line => (double)line["scores"]!["learned"]!), tried["completions"]!.AsArray().Select(row => (double)row!["scores"]![1]!["score"]!));
        Assert.Matches(@"learned +│ +0\.\d{3}", shown);
        Assert.NotEmpty(scored);
    }

    /// <summary>One server for all of them.</summary>
    public sealed class Host : IAsyncLifetime
    {
        internal RunningServer Server { get; private set; } = null!;

        internal Dictionary<string, string> Environment => new() { ["ALIGN_SERVER"] = Server.Address };

        public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync(workers: 0);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
