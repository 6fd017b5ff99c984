using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Inspection;
using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.Tests.Gguf;
using AlignService.HuggingFace.Weights;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Exports;

public sealed class HuggingFaceExportTests
{
    [Fact]
    public void As_stored_the_weights_keep_their_bytes_and_only_the_models_files_come_along()
    {
        using var folder = new TemporaryFolder();
        string source = SharedModels.SmolLm2(), target = folder["clean"];
        ModelExport export = Export(new AdaptedModel(source, null), target, null);

        Assert.Equal(
            ["LICENSE", "config.json", "generation_config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Directory.GetFiles(target).Sum(file => new FileInfo(file).Length), export.ByteCount);
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(source, "model.safetensors")), after = SafetensorsFile.Open(Path.Combine(target, "model.safetensors"));
        foreach ((string name, StoredTensor stored) in after.Tensors)
        {
            Assert.Equal(StoredDtype.BFloat16, stored.Dtype);
            Assert.True(before.Bytes(before.Tensors[name], 0, (int)(stored.End - stored.Begin)).SequenceEqual(after.Bytes(stored, 0, (int)(stored.End - stored.Begin))), name);
        }
    }

    [Theory]
    [InlineData(StoredDtype.Float32, "float32")]
    [InlineData(StoredDtype.BFloat16, "bfloat16")]
    [InlineData(StoredDtype.Float16, "float16")]
    public void Values_are_rounded_to_the_nearest_of_the_dtype(StoredDtype dtype, string name)
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("models", "llama-gqa"), target = folder["model"];
        Export(new AdaptedModel(source, null), target, dtype);

        using ModelWeights before = ModelWeights.Open(new AdaptedModel(source, null)), after = ModelWeights.Open(new AdaptedModel(target, null));
        double ulp = dtype switch { StoredDtype.Float32 => 0, StoredDtype.BFloat16 => Math.Pow(2, -8), _ => Math.Pow(2, -11) };
        bool differs = false;
        foreach (var spec in before.Parameters)
        {
            float[] expected = HeldRows.Collect(before.Rows(spec.Name)), actual = HeldRows.Collect(after.Rows(spec.Name));
            differs |= !expected.AsSpan().SequenceEqual(actual);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, (ulp * Math.Abs(pair.First)) + (dtype == StoredDtype.Float16 ? 3e-8 : 0)));
        }

        Assert.Equal(dtype != StoredDtype.Float32, differs);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(target, "config.json")))!;
        Assert.Equal(name, (string?)(config["dtype"] ?? config["torch_dtype"]));
        Assert.True(ModelInspector.Inspect(target).IsUsable);
    }

    [Fact]
    public void Ties_go_to_even_in_bfloat16()
    {
        byte[] bytes = new byte[8];
        var counts = new RoundingCounts();
        new PlainFormat(StoredDtype.BFloat16).Encode([Single(0x3F808000), Single(0x3F818000), Single(0x3F808001), float.MaxValue], bytes, counts);
        Assert.Equal([0x3F80, 0x3F82, 0x3F81, 0x7F80], Enumerable.Range(0, 4).Select(i => (int)BitConverter.ToUInt16(bytes, 2 * i)));
        Assert.Equal(1, counts.OverflowCount);

        static float Single(uint bits) => BitConverter.UInt32BitsToSingle(bits);
    }

    [Fact]
    public void Values_beyond_float16_are_named_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"], valueOf: (name, i) => name == "model.norm.weight" && i < 3 ? 1e5f : 0.5f);

        string message = Assert.Throws<CheckpointException>(() => Export(new AdaptedModel(model.Directory, null), folder["narrow"], StoredDtype.Float16)).Message;

        Assert.Contains("float16, in model.norm.weight (3, up to 1e+5)", message, StringComparison.Ordinal);
        Assert.Contains("bfloat16", message, StringComparison.Ordinal);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Export(new AdaptedModel(model.Directory, null), folder["wide"], StoredDtype.BFloat16);
    }

    [Fact]
    public void Large_weights_are_sharded_with_an_index()
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("models", "llama-gqa"), target = folder["shards"];
        HuggingFaceExport.Write(new AdaptedModel(source, null), target, StoredDtype.Float32, largestShard: 60_000, TestContext.Current.CancellationToken);

        Assert.True(File.Exists(Path.Combine(target, "model.safetensors.index.json")));
        Assert.InRange(Directory.GetFiles(target, "model-*-of-*.safetensors").Length, 3, 20);
        Assert.True(ModelInspector.Inspect(target).IsUsable);
    }

    [Theory]
    [InlineData("llama-gqa-qv")]
    [InlineData("gpt2-c-attn")]
    [InlineData("mistral-rslora")]
    [InlineData("qwen2-all-linear")]
    public void A_merged_adapter_is_the_base_plus_its_product(string name)
    {
        using var folder = new TemporaryFolder();
        AdaptedModel model = AdaptedModel.At(GoldenFolder.CaseFolder("adapters", name));
        Export(model, folder["merged"], StoredDtype.Float32);

        using ModelWeights plain = ModelWeights.Open(new AdaptedModel(model.BaseDirectory, null)), merged = ModelWeights.Open(new AdaptedModel(folder["merged"], null));
        string[] changed = [.. plain.Parameters.Select(spec => spec.Name).Where(parameter => !HeldRows.Collect(plain.Rows(parameter)).AsSpan().SequenceEqual(HeldRows.Collect(merged.Rows(parameter))))];
        Assert.NotEmpty(changed);
        Assert.All(changed, parameter => Assert.DoesNotContain("norm", parameter, StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(folder["merged"], "adapter_config.json")));
    }

    [Fact]
    public void A_reward_model_stays_one()
    {
        using var folder = new TemporaryFolder();
        Export(new AdaptedModel(GoldenFolder.CaseFolder("reward-models", "qwen2"), null), folder["reward"], StoredDtype.Float32);
        Assert.Equal(ModelKind.RewardModel, ModelInspector.Inspect(folder["reward"]).Kind);
    }

    [Fact]
    public void A_directory_without_architectures_gets_them_for_vllm()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"]);
        Export(new AdaptedModel(model.Directory, null), folder["named"], null);
        Assert.Equal("LlamaForCausalLM", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder["named"], "config.json")))!["architectures"]![0]);
    }

    [Fact]
    public void A_cancelled_export_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"]);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => HuggingFaceExport.Write(new AdaptedModel(model.Directory, null), folder["new"], null, cancelled.Token));
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    private static ModelExport Export(AdaptedModel model, string target, StoredDtype? dtype) => HuggingFaceExport.Write(model, target, dtype, TestContext.Current.CancellationToken);
}
