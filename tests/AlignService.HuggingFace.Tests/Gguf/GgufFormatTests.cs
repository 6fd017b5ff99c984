using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Gguf;
using AlignService.HuggingFace.Weights;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>The files byte by byte, and what is refused or reported.</summary>
public sealed class GgufFormatTests
{
    [Fact]
    public void Header_metadata_and_tensors_stand_where_the_format_says()
    {
        using var folder = new TemporaryFolder();
        ModelExport export = TinyModel.Write(folder["model"]).Export(folder["tiny.gguf"]);

        GgufReader file = GgufReader.Read(export.Path);
        Assert.Equal(32u, file.Alignment);
        Assert.Equal("llama", file.Metadata["general.architecture"]);
        Assert.Equal("tiny", file.Metadata["general.name"]);
        Assert.Equal(0u, file.Metadata["general.file_type"]);
        Assert.Equal(64u, file.Metadata["llama.context_length"]);
        Assert.Equal(16u, file.Metadata["llama.attention.key_length"]);
        Assert.Equal(1e-6f, file.Metadata["llama.attention.layer_norm_rms_epsilon"]);
        Assert.Equal(
            ["blk.0.attn_k.weight", "blk.0.attn_norm.weight", "blk.0.attn_output.weight", "blk.0.attn_q.weight", "blk.0.attn_v.weight", "blk.0.ffn_down.weight",
                "blk.0.ffn_gate.weight", "blk.0.ffn_norm.weight", "blk.0.ffn_up.weight", "output_norm.weight", "token_embd.weight"],
            file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([32, 64], file.Tensors["blk.0.ffn_down.weight"].Shape);
    }

    [Fact]
    public void Rows_of_q_and_k_that_are_rotated_together_stand_side_by_side()
    {
        using var folder = new TemporaryFolder();
        GgufReader file = GgufReader.Read(TinyModel.Write(folder["model"], valueOf: (_, i) => i).Export(folder["tiny.gguf"]).Path);

        float[] query = file.Tensors["blk.0.attn_q.weight"].Values(), value = file.Tensors["blk.0.attn_v.weight"].Values();
        float[] expected = [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15, 16, 24, 17, 25]; // of two heads of 16
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(row => query[row * 32] / 32));
        Assert.Equal(Enumerable.Range(0, 32).Select(row => (float)row), Enumerable.Range(0, 32).Select(row => value[row * 32] / 32));
    }

    [Fact]
    public void Q8_0_divides_by_the_largest_and_rounds_halves_away_from_zero()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => i - 16f)];
        values[0] = 127; // the scale is 1
        values[1] = 2.5f;
        values[2] = -2.5f;
        values[3] = 0.49f;
        byte[] bytes = new byte[34];
        GgufTypes.Format(GgufType.Q8).Encode(values, bytes, new RoundingCounts());

        Assert.Equal(1, (float)BitConverter.ToHalf(bytes));
        Assert.Equal([127, 3, -3, 0, -12], bytes.Skip(2).Take(5).Select(level => (int)(sbyte)level));
        Assert.Equal(34, GgufTypes.Format(GgufType.Q8).ByteCount(32));
    }

    /// <summary>The levels come from the scale itself, not from what float16 keeps of it.</summary>
    [Fact]
    public void Q8_0_restores_every_value_within_half_a_level()
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 3200).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 3))))];
        byte[] bytes = new byte[GgufTypes.Format(GgufType.Q8).ByteCount(values.Length)];
        GgufTypes.Format(GgufType.Q8).Encode(values, bytes, new RoundingCounts());
        float[] restored = new GgufTensorImage([values.Length], 8, bytes).Values();

        for (int block = 0; block < values.Length; block += 32)
        {
            double scale = values.Skip(block).Take(32).Max(Math.Abs) / 127;
            Assert.All(Enumerable.Range(block, 32), i => Assert.InRange(Math.Abs(values[i] - restored[i]), 0, scale * (0.5 + (127.0 / 2048)) + 1e-9));
        }
    }

    [Fact]
    public void Zeros_stay_zeros_and_all_of_a_block_of_denormals_is_finite()
    {
        byte[] bytes = new byte[34];
        GgufTypes.Format(GgufType.Q8).Encode(new float[32], bytes, new RoundingCounts());
        Assert.All(bytes, value => Assert.Equal(0, value));

        var counts = new RoundingCounts();
        GgufTypes.Format(GgufType.Q8).Encode(Enumerable.Repeat(1e-6f, 32).ToArray(), bytes, counts);
        Assert.Equal(0, counts.OverflowCount);
    }

    [Fact]
    public void Matrices_that_q8_0_cannot_block_are_f16_and_that_is_reported()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"], config => (config["hidden_size"], config["intermediate_size"]) = (24, 64));
        ModelExport export = model.Export(folder["odd.gguf"], GgufType.Q8);

        GgufReader file = GgufReader.Read(export.Path);
        Assert.Equal(8u, file.Tensors["blk.0.ffn_down.weight"].Type); // 64 wide
        Assert.Equal(1u, file.Tensors["token_embd.weight"].Type); // 24 wide
        Assert.Equal(0u, file.Tensors["output_norm.weight"].Type);
        Assert.Contains(export.Findings, finding => finding.Contains("multiple of 32", StringComparison.Ordinal) && finding.Contains("token_embd", StringComparison.Ordinal));
        using LlamaCpp llama = LlamaCpp.Load(export.Path);
        Assert.All(llama.Logits([1, 2, 3]), logits => Assert.All(logits, logit => Assert.True(float.IsFinite(logit))));
    }

    [Fact]
    public void What_is_too_large_for_float16_is_refused_by_name_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"], valueOf: (name, i) => name.EndsWith("down_proj.weight", StringComparison.Ordinal) && i == 7 ? 70000 : 0.01f);

        string message = Assert.Throws<CheckpointException>(() => model.Export(folder["large.gguf"], GgufType.Float16)).Message;
        Assert.Contains("blk.0.ffn_down.weight (1, up to 7e+4)", message, StringComparison.Ordinal);
        Assert.Contains("f32", message, StringComparison.Ordinal);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.Equal(70000, GgufReader.Read(model.Export(folder["large.gguf"]).Path).Tensors["blk.0.ffn_down.weight"].Values()[7]);
        Assert.Equal(8u, GgufReader.Read(model.Export(folder["q8.gguf"], GgufType.Q8).Path).Tensors["blk.0.ffn_down.weight"].Type);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_broken_model_is_refused(float value)
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"], valueOf: (name, i) => name == "model.norm.weight" && i == 0 ? value : 1);
        foreach (GgufType type in Enum.GetValues<GgufType>())
        {
            Assert.Contains("output_norm.weight (1)", Assert.Throws<CheckpointException>(() => model.Export(folder["broken.gguf"], type)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_vocabulary_with_holes_has_a_name_for_every_row()
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("tokenizers", "bytelevel-gpt2");
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer.json")))!;
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":2003,"content":"[unused row 2001]","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":false}"""));
        (json["model"]!["vocab"]!["<|endoftext|>"], json["model"]!["vocab"]!["[unused row 2001]"]) = (2000, 2003);
        TinyModel model = TinyModel.Write(folder["model"], config => config["vocab_size"] = 2010).WithTokenizer(json.ToJsonString(), source);
        ModelExport export = model.Export(folder["holes.gguf"]);

        GgufReader file = GgufReader.Read(export.Path);
        string[] tokens = file.Texts("tokenizer.ggml.tokens");
        int[] types = file.Values<int>("tokenizer.ggml.token_type");
        Assert.Equal(2010, tokens.Length);
        Assert.Equal(2010, tokens.Distinct().Count());
        Assert.Equal([3, 5, 5, 4, 5], types[2000..2005]);
        Assert.Contains(export.Findings, finding => finding.Contains("lstrip", StringComparison.Ordinal));
        using LlamaCpp llama = LlamaCpp.Load(export.Path);
        Assert.Equal([2003], llama.Tokenize("[unused row 2001]", addSpecialTokens: false));
    }

    [Fact]
    public void Tokens_beyond_the_embedding_are_left_out()
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("tokenizers", "bytelevel-gpt2");
        TinyModel model = TinyModel.Write(folder["model"], config => config["vocab_size"] = 2000).WithTokenizer(File.ReadAllText(Path.Combine(source, "tokenizer.json")), source);
        ModelExport export = model.Export(folder["short.gguf"]);

        Assert.Contains(export.Findings, finding => finding.Contains("ids up to 2000, but the embedding has 2000 rows", StringComparison.Ordinal));
        using LlamaCpp llama = LlamaCpp.Load(export.Path);
        Assert.Equal(2000, llama.VocabularySize);
    }

    [Theory]
    [InlineData("qwen2", "num_attention_heads", "heads are 4 x 16")]
    [InlineData("qwen3", "attention_bias", "biases")]
    [InlineData("smollm3", "no_rope_layers", "every 4th block has no rotary positions")]
    public void What_llama_cpp_would_ignore_is_refused(string modelType, string key, string message)
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"], config =>
        {
            (config["model_type"], config["num_key_value_heads"]) = (modelType, 2);
            config["head_dim"] = 16;
            config[key] = key switch
            {
                "num_attention_heads" => 4,
                "no_rope_layers" => new JsonArray(0),
                _ => true,
            };
        });

        string actual = Assert.Throws<CheckpointException>(() => model.Export(folder["model.gguf"])).Message;
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.Contains("--format hf", actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_family_has_an_architecture_and_an_unknown_one_is_named()
    {
        TransformerConfig config = HuggingFace.Directories.ModelDescription.Read(GoldenFolder.CaseFolder("models", "llama-gqa")).Config;
        string message = Assert.Throws<CheckpointException>(() => GgufArchitectures.Of(config with { ModelType = "newcomer" })).Message;
        Assert.Contains("The family newcomer", message, StringComparison.Ordinal);
        string families = Assert.Throws<CheckpointException>(() => HuggingFace.Families.ModelFamilies.Find("newcomer")).Message;
        Assert.All(families[(families.IndexOf("supported: ", StringComparison.Ordinal) + 11)..].TrimEnd('.').Split(", "), family => Assert.Contains(family, message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_reward_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        var model = new AdaptedModel(GoldenFolder.CaseFolder("reward-models", "llama"), null);
        Assert.Contains("reward model", Assert.Throws<CheckpointException>(() => GgufExport.Write(model, folder["r.gguf"], GgufType.Float32, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_exists_is_not_touched()
    {
        using var folder = new TemporaryFolder();
        TinyModel model = TinyModel.Write(folder["model"]);
        File.WriteAllText(folder["there.gguf"], "mine");
        Assert.Contains("already exists", Assert.Throws<CheckpointException>(() => model.Export(folder["there.gguf"])).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder["there.gguf"]));
    }
}
