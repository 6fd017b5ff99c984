using System.Text.Json.Nodes;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Sampling;

/// <summary>What a client gets, from a real server and the real process of a real model. It runs alone: processes that sample wait for all cores.</summary>
[TestClass(DisableParallelization = true)]
public sealed class SamplingServiceTests
{
    private const string Policy = "models/policy";

    private static readonly string[] Sorted = ["sort ejcmd:", "sort ba:", "sort hgfedc:", "sort zz:"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_is_what_align_sample_says()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        foreach ((double temperature, ulong seed) in new[] { (0.0, 0UL), (1.5, 5UL), (1.5, 6UL) })
        {
            SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:", temperature, 12);
            (request.Seed, request.WithLogProbs) = (seed, true);
            request.Sampling.TopP = 0.95;
            request.Sampling.TopK = 20;
            JsonNode expected = await AlignProgram.SampleAsync(
                Cancel, "--model", SamplingServer.Policy, "--raw", "--prompt", "sort ejcmd:", "--max-tokens", "12", "--temperature", $"{temperature}", "--top-p", "0.95", "--top-k", "20", "--seed", $"{seed}");

            SampledText sampled = await server.SampleAsync(request, Cancel);

            Assert.Equal((string)expected["text"]!, sampled.Text);
            SampledToken[] tokens = [.. sampled.Pieces.SelectMany(piece => piece.Tokens)];
            Assert.Equal(expected["token_ids"]!.AsArray().Select(id => (int)id!), tokens.Select(token => token.Id));
            Assert.Equal(expected["log_probs"]!.AsArray().Select(value => (float)value!), tokens.Select(token => token.LogProb));
            Assert.Equal(((int)expected["prompt_tokens"]!, (int)expected["completion_tokens"]!), (sampled.Start.PromptTokens, sampled.End.CompletionTokens));
            Assert.Equal((string)expected["finish_reason"]!, sampled.End.FinishReason.ToString().ToLowerInvariant());
            Assert.Equal((seed, 12), (sampled.Start.Seed, sampled.Start.MaxCompletionLength));
        }
    }

    [Fact]
    public async Task Calls_at_once_say_what_they_say_alone()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        List<string> alone = [];
        foreach (string text in Sorted)
        {
            alone.Add((await server.SampleAsync(Seeded(text), Cancel)).Text);
        }

        SampledText[] together = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => server.SampleAsync(Seeded(Sorted[i % Sorted.Length]), Cancel)));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => alone[i % Sorted.Length]), together.Select(one => one.Text));
        Assert.Single(server.Processes.Running);

        static SampleRequest Seeded(string text)
        {
            SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, text, 1);
            request.Seed = 11;
            return request;
        }
    }

    [Fact]
    public async Task Conversation_is_rendered_by_the_chat_template()
    {
        string model = SharedModels.SmolLm2();
        JsonNode golden = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(SharedFolder.Root, "models", "SmolLM2-135M-Instruct", "golden.json"), Cancel))!;
        JsonNode sample = golden["prompts"]!.AsArray().First(prompt => prompt!["messages"] is JsonArray { Count: 2 })!;
        SampleRequest request = SamplingServer.Raw(model, "", 0, sample["greedy"]!.AsArray().Count);
        request.Prompt = new Prompt { Messages = { sample["messages"]!.AsArray().Select(message => new Message { Role = (string)message!["role"]!, Content = (string)message["content"]! }) } };
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);

        Assert.Equal((string)sample["greedy_text"]!, (await server.SampleAsync(request, Cancel)).Text);
    }

    /// <summary>At this temperature most tokens are parts of characters of every script.</summary>
    [Fact]
    public async Task Pieces_are_whole_characters()
    {
        string model = SharedModels.Stories260K();
        SampleRequest request = SamplingServer.Raw(model, "Emoji: 😀 日本語", 2, 200);
        request.Seed = 3;
        JsonNode expected = await AlignProgram.SampleAsync(Cancel, "--model", model, "--raw", "--prompt", "Emoji: 😀 日本語", "--max-tokens", "200", "--temperature", "2", "--seed", "3");
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);

        SampledText sampled = await server.SampleAsync(request, Cancel);

        Assert.Equal((string)expected["text"]!, sampled.Text);
        Assert.Contains(sampled.Text, character => character > 127);
        Assert.True(sampled.Pieces.Count > 50);
    }

    [Fact]
    public async Task Stop_string_ends_the_text_and_is_cut_from_it()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        string whole = (await server.SampleAsync(SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:"), Cancel)).Text;
        SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:");
        request.Sampling.StopStrings.Add(whole[2..4]);

        SampledText sampled = await server.SampleAsync(request, Cancel);

        Assert.Equal((whole[..2], FinishReason.StopString), (sampled.Text, sampled.End.FinishReason));
    }

    [Fact]
    public async Task Drawn_seed_gives_the_same_text_again()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, "sort", 2, 30);
        SampledText drawn = await server.SampleAsync(request, Cancel), other = await server.SampleAsync(request, Cancel);
        request.Seed = drawn.Start.Seed;

        Assert.Equal(drawn.Text, (await server.SampleAsync(request, Cancel)).Text);
        Assert.NotEqual(drawn.Start.Seed, other.Start.Seed);
    }

    [Fact]
    public async Task Imported_model_and_checkpoint_are_found_by_name()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        await ModelFiles.Policy.ImportAsync(server.Server, "models/own", Cancel);
        CheckpointedJob job = await CheckpointedJob.StartAsync(server.Server, _ => { }, Cancel);
        foreach (string file in Directory.GetFiles(SamplingServer.Policy))
        {
            File.Copy(file, Path.Combine(server.Server.Folder.Path, "models", "policy", Path.GetFileName(file)), overwrite: true);
        }

        await job.CheckpointAsync(4, holdsState: false);
        string expected = (await server.SampleAsync(SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:"), Cancel)).Text;

        SampledText own = await server.SampleAsync(SamplingServer.Raw("models/own", "sort ejcmd:"), Cancel);
        SampledText best = await server.SampleAsync(SamplingServer.Raw($"{job.Name}/checkpoints/last", "sort ejcmd:"), Cancel);

        Assert.Equal((expected, "models/own"), (own.Text, own.Start.Model));
        Assert.Equal((expected, $"{job.Name}/checkpoints/step-000004"), (best.Text, best.Start.Model));
    }

    [Fact]
    public async Task Model_of_another_project_is_not_found()
    {
        await using Access.GuardedServer guarded = await Access.GuardedServer.StartAsync(Cancel);
        Metadata red = await guarded.KeyAsync(Access.GuardedServer.Red, Store.Access.Role.Submit, Cancel), blue = await guarded.KeyAsync(Access.GuardedServer.Blue, Store.Access.Role.Submit, Cancel);
        await ModelFiles.Policy.ImportAsync(guarded.Server, Policy, Cancel, red);
        string job = await guarded.CreateAsync(red, Cancel);
        SamplingService.SamplingServiceClient client = new(guarded.Server.Channel);
        foreach (string foreign in new[] { Policy, $"{job}/checkpoints/last" })
        {
            string absent = foreign == Policy ? "models/nobody" : $"jobs/zzzzzzzz/checkpoints/last";
            RpcException real = await RefusedAsync(foreign), none = await RefusedAsync(absent);
            Assert.Equal((StatusCode.NotFound, StatusCode.NotFound), (real.StatusCode, none.StatusCode));
            Assert.Equal(none.Status.Detail.Replace(absent.Replace("/checkpoints/last", "", StringComparison.Ordinal), foreign.Replace("/checkpoints/last", "", StringComparison.Ordinal), StringComparison.Ordinal), real.Status.Detail);
        }

        Task<RpcException> RefusedAsync(string model) =>
            Assert.ThrowsAsync<RpcException>(() => SampledText.ReadAsync(client.Sample(SamplingServer.Raw(model, "a"), blue, cancellationToken: Cancel), Cancel));
    }
}
