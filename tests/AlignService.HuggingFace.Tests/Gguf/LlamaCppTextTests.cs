using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Gguf;
using AlignService.Testing;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>Real models: llama.cpp encodes the same prompts, and continues them as `align sample` does, of which other tests hold that it gives the golden tokens.</summary>
public sealed class LlamaCppTextTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void The_story_model_tells_the_golden_stories_in_f32() => TellsGoldenTexts(SharedModels.Stories260K());

    [Fact]
    public void The_chat_model_gives_the_golden_answers_in_f32() => TellsGoldenTexts(SharedModels.SmolLm2());

    /// <summary>llama.cpp rounds what it multiplies by such weights too. Of 242 tokens the largest difference was 0.016 in f16 and 1.2 in q8_0, the mean 0.002 and 0.085; they depend on the machine's instructions.</summary>
    [Theory]
    [InlineData(GgufType.Float16, 0.05, 0.01)]
    [InlineData(GgufType.Q8, 2.5, 0.2)]
    public void Fewer_bits_move_the_log_probs_within_a_bound(GgufType type, double largest, double mean)
    {
        using var folder = new TemporaryFolder();
        string directory = SharedModels.SmolLm2();
        using LlamaCpp model = Export(directory, folder, type);
        double[] differences = [.. Prompts(directory).SelectMany(prompt => Differences(model, prompt))];
        Assert.InRange(differences.Max(), 0, largest);
        Assert.InRange(differences.Average(), 0, mean);
    }

    [Fact]
    public void The_chat_template_and_the_end_tokens_are_in_the_file()
    {
        using var folder = new TemporaryFolder();
        string directory = SharedModels.SmolLm2();
        using LlamaCpp model = Export(directory, folder, GgufType.Q8);

        Assert.Equal(Tokenizer.Load(directory).ChatTemplate!.Source, model.Template());
        Assert.True(model.EndsAt(2));
        Assert.False(model.EndsAt(500));
        Assert.Equal("llama", GgufReader.Read(Path.Combine(folder.Path, "model.gguf")).Metadata["general.architecture"]);
    }

    private static void TellsGoldenTexts(string directory)
    {
        using var folder = new TemporaryFolder();
        using LlamaCpp model = Export(directory, folder, GgufType.Float32);
        foreach (GoldenJson prompt in Prompts(directory))
        {
            int[] ids = prompt.Ints("input_ids");
            Assert.Equal(ids, Encode(model, directory, prompt));
            Assert.All(Differences(model, prompt), difference => Assert.InRange(difference, 0, Tolerance));
            int[] expected = prompt.Ints("greedy");
            Assert.Equal(32, expected.Length);
            Assert.Equal(expected, model.Greedy(ids, expected.Length));
        }
    }

    private static int[] Encode(LlamaCpp model, string directory, GoldenJson prompt)
    {
        if (prompt.Has("text"))
        {
            return model.Tokenize(prompt.Text("text"), addSpecialTokens: true);
        }

        Tokenizer tokenizer = Tokenizer.Load(directory);
        ChatMessage[] messages = [.. prompt["messages"].Items.Select(message => new ChatMessage(message.Text("role"), message.Text("content")))];
        string text = tokenizer.ChatTemplate!.Render(ChatTemplateInput.Of(messages, addGenerationPrompt: true) with { BosToken = tokenizer.BosToken, EosToken = tokenizer.EosToken });
        return model.Tokenize(text, addSpecialTokens: false);
    }

    private static double[] Differences(LlamaCpp model, GoldenJson prompt)
    {
        double[] actual = model.LogProbs(prompt.Ints("input_ids")), expected = prompt.Doubles("token_logprobs");
        Assert.Equal(expected.Length, actual.Length);
        return [.. actual.Zip(expected, (one, other) => Math.Abs(one - other))];
    }

    private static IReadOnlyList<GoldenJson> Prompts(string directory) =>
        GoldenJson.Load(Path.Combine(SharedFolder.Root, "models", Path.GetFileName(directory), "golden.json"), directory)["prompts"].Items;

    private static LlamaCpp Export(string directory, TemporaryFolder folder, GgufType type) =>
        LlamaCpp.Load(GgufExport.Write(new AdaptedModel(directory, null), Path.Combine(folder.Path, "model.gguf"), type, TestContext.Current.CancellationToken).Path);
}
