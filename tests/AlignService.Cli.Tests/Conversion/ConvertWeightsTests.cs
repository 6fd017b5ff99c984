using System.Text;
using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests.Conversion;

/// <summary>`align model convert` on pytorch_model.bin, whole and in shards, right and hostile.</summary>
public sealed class ConvertWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Source => Path.Combine(_folder.Path, "source");

    private string Target => Path.Combine(_folder.Path, "target");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_real_file_becomes_the_very_safetensors_that_the_reference_writes_and_samples_the_same()
    {
        string model = SharedModels.Stories260K();
        CopyFiles(model, "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");
        File.Copy(SharedFolder.Require("cases/pytorch_model.bin"), Path.Combine(Source, "pytorch_model.bin"));

        JsonNode result = (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target, "--json")).Exits(0).Json;

        Assert.Equal(47, (int)result["weights"]!["tensors"]!);
        Assert.Null(result["tokenizer"]);
        Assert.True(File.ReadAllBytes(Path.Combine(model, "model.safetensors")).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Target, "model.safetensors"))));
        Assert.Equal(Directory.GetFiles(Source).Select(Path.GetFileName).Except(["pytorch_model.bin"]).Append("model.safetensors").Order(), Directory.GetFiles(Target).Select(Path.GetFileName).Order());
        string[] sample = ["sample", "--raw", "--prompt", "Once upon a time", "--temperature", "0", "--max-tokens", "20", "--json", "--model"];
        JsonNode expected = (await AlignProgram.RunAsync([.. sample, model])).Exits(0).Json, got = (await AlignProgram.RunAsync([.. sample, Target])).Exits(0).Json;
        Assert.Equal(expected["tokens"]?.ToJsonString() ?? expected["completion"]?.ToJsonString(), got["tokens"]?.ToJsonString() ?? got["completion"]?.ToJsonString());
        Assert.Equal(expected["log_probs"]?.ToJsonString(), got["log_probs"]?.ToJsonString());
    }

    [Theory]
    [InlineData("llama-gqa", "FloatStorage", "F32")]
    [InlineData("qwen2-bf16", "BFloat16Storage", "BF16")]
    [InlineData("qwen2-bf16", "HalfStorage", "F16")]
    public async Task Shards_keep_names_formats_and_bytes_and_a_tied_head_is_left_out(string name, string storageType, string dtype)
    {
        string model = GoldenFolder.CaseFolder("models", name);
        Dictionary<string, StoredTensor> expected = SafetensorsContent.Read(model);
        CopyFiles(model, "config.json", "generation_config.json");
        string[] names = [.. expected.Keys.Order()], first = [.. names.Where(tensor => tensor.Contains("embed_tokens", StringComparison.Ordinal) || tensor.Contains(".0.", StringComparison.Ordinal))], second = [.. names.Except(first)];
        WriteShard("pytorch_model-00001-of-00002.bin", expected, first, storageType, head: true);
        WriteShard("pytorch_model-00002-of-00002.bin", expected, second, storageType, head: false);
        WriteIndex(names.Append("lm_head.weight").ToDictionary(tensor => tensor, tensor => second.Contains(tensor) ? "pytorch_model-00002-of-00002.bin" : "pytorch_model-00001-of-00002.bin"));

        JsonNode result = (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target, "--json")).Exits(0).Json;

        Assert.Equal(["lm_head.weight"], result["weights"]!["left_out"]!.AsArray().Select(left => (string)left!));
        Dictionary<string, StoredTensor> converted = SafetensorsContent.Read(Target);
        Assert.Equal(names, converted.Keys.Order());
        Assert.All(names, tensor =>
        {
            Assert.Equal(dtype, converted[tensor].Dtype);
            Assert.Equal(expected[tensor].Shape, converted[tensor].Shape);
            Assert.True(expected[tensor].Bytes.AsSpan().SequenceEqual(converted[tensor].Bytes), tensor);
        });
        Assert.True(File.Exists(Path.Combine(Target, "model.safetensors.index.json")));
        Assert.Equal("language_model", (string?)(await AlignProgram.RunAsync("model", "inspect", Target, "--json")).Exits(0).Json["kind"]);
    }

    [Fact]
    public async Task Without_a_conversion_a_pickle_is_not_loaded_and_the_error_names_the_command()
    {
        CopyFiles(GoldenFolder.CaseFolder("models", "llama-gqa"), "config.json");
        File.WriteAllBytes(Path.Combine(Source, "pytorch_model.bin"), [1]);

        JsonNode report = (await AlignProgram.RunAsync("model", "inspect", Source, "--json")).Exits(2).Json;

        Assert.Contains($"align model convert {Source} --to", report["findings"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\u0012\0\0\0touch ../conversiontR.", "asks Python for os.system")]
    [InlineData("}X\u0001\0\0\0acbuiltins\nexec\n(X\u0001\0\0\01tRs.", "asks Python for builtins.exec")]
    [InlineData("}X\u0001\0\0\0aK\u0001s.", "\"a\" is not a tensor")]
    public async Task A_hostile_file_is_one_error_and_nothing_is_left(string pickle, string message)
    {
        CopyFiles(GoldenFolder.CaseFolder("models", "llama-gqa"), "config.json");
        TorchFileWriter.Write(Path.Combine(Source, "pytorch_model.bin"), Encoding.Latin1.GetBytes(pickle), new Dictionary<string, byte[]>());

        JsonNode error = (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target, "--json")).Exits(2).Json["error"]!;

        Assert.Contains(message, (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal(["source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_target_that_exists_and_a_model_without_anything_to_convert_are_refused()
    {
        string model = GoldenFolder.CaseFolder("models", "llama-gqa");
        CopyFiles(model, "config.json");
        Assert.Contains("has no weights", (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target)).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("There is nothing to convert", (await AlignProgram.RunAsync("model", "convert", model, "--to", Target)).Exits(2).Error, StringComparison.Ordinal);

        File.WriteAllBytes(Path.Combine(Source, "pytorch_model.bin"), [1]);
        Directory.CreateDirectory(Target);
        Assert.Contains("already exists", (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target)).Exits(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_do_not_fit_the_configuration_are_not_kept()
    {
        CopyFiles(GoldenFolder.CaseFolder("models", "llama-gqa"), "config.json");
        TorchFileWriter.Write(Path.Combine(Source, "pytorch_model.bin"), TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [6])]), new Dictionary<string, byte[]> { ["0"] = new byte[24] });

        ProgramResult result = (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target)).Exits(2);

        Assert.Contains("so it was deleted", result.Error, StringComparison.Ordinal);
        Assert.Equal(["source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_index_that_names_a_file_elsewhere_or_another_tensor_is_refused()
    {
        CopyFiles(GoldenFolder.CaseFolder("models", "llama-gqa"), "config.json");
        WriteIndex(new Dictionary<string, string> { ["a"] = "../outside.bin" });
        Assert.Contains("names the file '../outside.bin'", (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target)).Exits(2).Error, StringComparison.Ordinal);

        TorchFileWriter.Write(Path.Combine(Source, "x.bin"), TorchFileWriter.Pickle([new("b", "FloatStorage", "0", [6])]), new Dictionary<string, byte[]> { ["0"] = new byte[24] });
        WriteIndex(new Dictionary<string, string> { ["a"] = "x.bin" });
        Assert.Contains("a is not in x.bin, where the index says; b is in x.bin but not in the index", (await AlignProgram.RunAsync("model", "convert", Source, "--to", Target)).Exits(2).Error, StringComparison.Ordinal);
    }

    private void CopyFiles(string model, params string[] names)
    {
        Directory.CreateDirectory(Source);
        foreach (string name in names.Where(name => File.Exists(Path.Combine(model, name))))
        {
            File.WriteAllBytes(Path.Combine(Source, name), File.ReadAllBytes(Path.Combine(model, name)));
        }
    }

    /// <param name="head">Whether the shard has the embedding a second time, as the head.</param>
    private void WriteShard(string file, Dictionary<string, StoredTensor> tensors, string[] names, string storageType, bool head)
    {
        List<TorchEntry> entries = [.. names.Select((name, i) => new TorchEntry(name, storageType, $"{i}", tensors[name].Shape))];
        if (head)
        {
            entries.Add(entries.Single(entry => entry.Name == "model.embed_tokens.weight") with { Name = "lm_head.weight" });
        }

        TorchFileWriter.Write(Path.Combine(Source, file), TorchFileWriter.Pickle(entries), names.Select((name, i) => (name, i)).ToDictionary(entry => $"{entry.i}", entry => tensors[entry.name].Bytes));
    }

    private void WriteIndex(Dictionary<string, string> map) => File.WriteAllText(
        Path.Combine(Source, "pytorch_model.bin.index.json"),
        new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))) }.ToJsonString());
}
