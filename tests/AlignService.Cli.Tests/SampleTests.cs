using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task A_real_chat_model_answers_in_its_golden_words()
    {
        string model = SharedModels.SmolLm2();
        var golden = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(SharedFolder.Root, "models", "SmolLM2-135M-Instruct", "golden.json"), TestContext.Current.CancellationToken))!;
        var sample = golden["prompts"]!.AsArray().First(prompt => prompt!["messages"] is JsonArray { Count: 2 })!;
        string system = (string)sample["messages"]![0]!["content"]!, user = (string)sample["messages"]![1]!["content"]!;

        var result = (await AlignProgram.RunAsync(
            "sample", "--model", model, "--system", system, "--prompt", user, "--temperature", "0", "--max-tokens", $"{sample["greedy"]!.AsArray().Count}")).Exits(0);

        Assert.Equal((string)sample["greedy_text"]! + "\n", result.Output);
        Assert.Contains("tokens/s", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Greedy_ids_of_a_real_story_model_are_the_golden_ones()
    {
        string model = SharedModels.Stories260K();
        var golden = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(model, "golden.json"), TestContext.Current.CancellationToken))!;
        foreach (var sample in golden["prompts"]!.AsArray().Where(prompt => prompt!["text"] is not null))
        {
            var expected = sample!["greedy"]!.AsArray().Select(id => (int)id!).ToList();

            var result = (await AlignProgram.RunAsync(
                "sample", "--model", model, "--raw", "--prompt", (string)sample["text"]!, "--temperature", "0", "--max-tokens", $"{expected.Count}", "--json")).Exits(0);

            Assert.Equal(expected, result.Json["token_ids"]!.AsArray().Select(id => (int)id!));
        }
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_answer_streamed_or_not()
    {
        string[] arguments = ["sample", "--model", JobFiles.Policy, "--raw", "--prompt", "sort ejcmd:", "--max-tokens", "12", "--temperature", "1.5"];

        string streamed = (await AlignProgram.RunAsync([.. arguments, "--seed", "5"])).Exits(0).Output;
        var whole = (await AlignProgram.RunAsync([.. arguments, "--seed", "5", "--json"])).Exits(0).Json;
        var other = (await AlignProgram.RunAsync([.. arguments, "--seed", "6", "--json"])).Exits(0).Json;

        Assert.Equal((string)whole["text"]! + "\n", streamed);
        Assert.NotEqual((string)whole["text"]!, (string)other["text"]!);
        Assert.Equal((int)whole["completion_tokens"]!, whole["log_probs"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_prompt_can_come_from_standard_input()
    {
        string[] arguments = ["sample", "--model", JobFiles.Policy, "--raw", "--max-tokens", "12", "--temperature", "0", "--prompt"];

        string piped = (await AlignProgram.RunAsync(new ProgramInput { Text = "sort ejcmd:" }, [.. arguments, "-"])).Exits(0).Output;

        Assert.Equal((await AlignProgram.RunAsync([.. arguments, "sort ejcmd:"])).Exits(0).Output, piped);
    }

    [Theory]
    [InlineData("has no chat template; use --raw", "--prompt", "a")]
    [InlineData("--system and --raw exclude each other", "--prompt", "a", "--raw", "--system", "b")]
    [InlineData("--temperature is 3; it must be in [0, 2]", "--prompt", "a", "--raw", "--temperature", "3")]
    [InlineData("--top-p is 0; it must be in (0, 1]", "--prompt", "a", "--raw", "--temperature", "3", "--top-p", "0")]
    [InlineData("--max-tokens is 0; it must be at least 1", "--prompt", "a", "--raw", "--max-tokens", "0")]
    [InlineData("the model's context of 64", "--prompt", "a", "--raw", "--max-tokens", "100")]
    [InlineData("'--prompt' is required", "--raw")]
    public async Task What_cannot_be_sampled_exits_2_with_the_reason(string message, params string[] arguments)
    {
        var result = (await AlignProgram.RunAsync(["sample", "--model", JobFiles.Policy, .. arguments])).Exits(2);

        Assert.Contains(message, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_named() =>
        Assert.Contains("--model nowhere is not a directory", (await AlignProgram.RunAsync("sample", "--model", "nowhere", "--prompt", "a")).Exits(2).Error, StringComparison.Ordinal);
}
