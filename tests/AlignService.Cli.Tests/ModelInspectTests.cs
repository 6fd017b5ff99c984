using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class ModelInspectTests
{
    private static readonly string[] NativeLibraries = ["libtorch", "libLibTorchSharp", "libc10", "libgomp"];

    [Fact]
    public async Task A_real_chat_model_is_described()
    {
        var report = (await AlignProgram.RunAsync("model", "inspect", SharedModels.SmolLm2(), "--json")).Exits(0).Json;

        Assert.Equal("language_model", (string?)report["kind"]);
        Assert.Equal("llama", (string?)report["family"]);
        Assert.Equal(134_515_008, (long)report["parameters"]!);
        Assert.Equal(8192, (int)report["context_length"]!);
        Assert.Equal(2, (int)report["end_tokens"]![0]!["id"]!);
        Assert.Equal("<|im_end|>", (string?)report["end_tokens"]![0]!["text"]);
        Assert.Equal("BPE, byte-level", (string?)report["tokenizer"]!["kind"]);
        Assert.True((bool)report["chat_template"]!["renders"]!);
        Assert.True((bool)report["chat_template"]!["generation_prompt"]!);
        Assert.False((bool)report["chat_template"]!["generation_blocks"]!);
        Assert.Equal("vectorized", (string?)report["sampler"]);
        Assert.Contains("pad_is_end", Codes(report));
        Assert.Equal(16 * 134_515_008L, new[] { "weights", "gradients", "optimizer_state" }.Sum(part => (long)report["memory"]!["full_training"]![part]!));
        Assert.Equal(0, (long)report["memory"]!["adapter_training"]!["reference_weights"]!);
    }

    [Fact]
    public async Task The_text_names_the_same_things()
    {
        var result = (await AlignProgram.RunAsync("model", "inspect", SharedModels.Stories260K(), "--length", "128", "--rows", "2")).Exits(0);

        foreach (string part in new[] { "language model", "llama, 5 blocks", "260,032", "512 tokens", "2 </s>", "train all weights", "2 sequences of 128 tokens", "warning no_chat_template" })
        {
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_directory_that_cannot_be_used_exits_2_with_its_faults()
    {
        using var folder = new TemporaryFolder();
        string source = SharedModels.Stories260K();
        folder.Write("generation_config.json", """{"eos_token_id":2}""");
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(folder.Path, "model.safetensors"));
        folder.Write("config.json", (await File.ReadAllTextAsync(Path.Combine(source, "config.json"), TestContext.Current.CancellationToken)).Replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", StringComparison.Ordinal));

        var report = (await AlignProgram.RunAsync("model", "inspect", folder.Path, "--json")).Exits(2).Json;

        Assert.False((bool)report["usable"]!);
        Assert.Equal("fault", (string?)report["findings"]![0]!["severity"]);
        Assert.Contains("lm_head.weight is missing (if the head is the embedding, set tie_word_embeddings to true)", (string?)report["findings"]![0]!["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The directory nowhere does not exist", "nowhere")]
    [InlineData("--rows is 0; it must be at least 1", ".", "--rows", "0")]
    public async Task What_is_no_model_exits_2_with_the_reason(string message, params string[] arguments) =>
        Assert.Contains(message, (await AlignProgram.RunAsync(["model", "inspect", .. arguments])).Exits(2).Error, StringComparison.Ordinal);

    /// <summary>The dynamic linker tells every library that it loads: none of them is libtorch's.</summary>
    [Fact]
    public async Task Nothing_native_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var input = new ProgramInput
        {
            Environment = new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = Path.Combine(folder.Path, "linker") },
        };

        (await AlignProgram.RunAsync(input, "model", "inspect", SharedModels.Stories260K())).Exits(0);

        string[] lines = [.. Directory.GetFiles(folder.Path).SelectMany(File.ReadLines).Where(line => line.Contains("calling init", StringComparison.Ordinal))];
        Assert.Contains(lines, line => line.Contains("libcoreclr", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => NativeLibraries.Any(library => line.Contains(library, StringComparison.Ordinal)));
    }

    private static IEnumerable<string?> Codes(JsonNode report) => report["findings"]!.AsArray().Select(finding => (string?)finding!["code"]);
}
