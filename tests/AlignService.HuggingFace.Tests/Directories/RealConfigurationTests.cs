using System.Text;
using AlignService.HuggingFace.Directories;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Directories;

/// <summary>What config.json files in the wild hold besides the model: notes of the tools that wrote them, nulls, and values as only Python writes them.</summary>
public sealed class RealConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Families => new()
    {
        { "llama-gqa", "llama" }, { "mistral-window", "mistral" }, { "qwen2-bf16", "qwen2" }, { "qwen3", "qwen3" }, { "gemma2", "gemma2" }, { "gemma3", "gemma3_text" },
        { "phi3", "phi3" }, { "gpt2", "gpt2" }, { "gpt-neox", "gpt_neox" }, { "olmo2", "olmo2" }, { "smollm3", "smollm3" },
    };

    [Theory]
    [InlineData("09-real-config-keys-refused/config.autoset.json")]
    [InlineData("09-real-config-keys-refused/config.max_sequence_length.json")]
    [InlineData("09-real-config-keys-refused/config.nulls.json")]
    [InlineData("smollm2_js_config/config.json")]
    [InlineData("gpt2-medium-config/config.json")]
    public void Read_FileAsItIsDownloaded_IsAccepted(string file)
    {
        File.WriteAllBytes(_folder["config.json"], File.ReadAllBytes(SharedFolder.Require(Path.Combine("cases", file))));
        Assert.NotEmpty(ModelDescription.Read(_folder.Path).Config.Layers);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Read_NotesOfTools_AreAcceptedInEveryFamily(string caseName, string modelType)
    {
        WriteWith(caseName, """
            "transformers.js_config": {"dtype": "q4", "kv_cache_dtype": {"q4f16": "float16"}}, "_attn_implementation_autoset": true, "_attn_implementation_internal": "sdpa",
            "_flash_attn_2_enabled": true, "use_flash_attention_2": false, "max_sequence_length": 4096, "model_max_length": 8192, "unsloth_fixed": true, "model_name": "x/y",
            "_num_labels": 1, "output_past": true, "xla_device": null, "pruned_heads": {}, "custom_pipelines": {"text-generation": {"impl": "a.B"}}, "num_logits_to_keep": 0,
            "attention_probs_dropout_prob": 0.1, "hidden_dropout_prob": 0.1, "quantization_config": null, "brand_new_option": null, "time_step_limit": null
            """);
        Assert.Equal(modelType, ModelDescription.Read(_folder.Path).Config.ModelType);
    }

    [Theory]
    [InlineData("""{"0": [1, 2]}""")]
    [InlineData("[1]")]
    public void Read_PrunedHeads_AreRefused(string heads)
    {
        WriteWith("gpt2", $"\"pruned_heads\": {heads}");
        Assert.Contains("pruned_heads is", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"hidden_size\": 48", null)]
    [InlineData("\"hidden_size\": 49", "hidden_size is 49")]
    [InlineData("\"num_hidden_layers\": 9", "num_hidden_layers is 9")]
    public void Read_Gpt2WithTheNamesOfOtherFamilies_TheyMustAgree(string keys, string? expected)
    {
        WriteWith("gpt2", keys);
        Assert.Equal(expected is null, Record.Exception(() => ModelDescription.Read(_folder.Path)) is null);
        if (expected is not null)
        {
            Assert.Contains(expected, Refusal(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"diversity_penalty\": NaN")]
    [InlineData("\"max_length\": Infinity")]
    [InlineData("\"task_specific_params\": {\"a\": [-Infinity, 1.0, NaN]}")]
    [InlineData("\"_name_or_path\": \"NaN/Infinity \\\" -Infinity\"")]
    [InlineData("\"length_penalty\":-Infinity")]
    public void Read_NumbersThatOnlyPythonWrites_AreRead(string key)
    {
        WriteWith("llama-gqa", key);
        Assert.Equal("llama", ModelDescription.Read(_folder.Path).Config.ModelType);
    }

    [Theory]
    [InlineData("\"rope_theta\": Infinity", "rope_theta is Infinity; it must be a number")]
    [InlineData("\"rms_norm_eps\": NaN", "rms_norm_eps is \"NaN\"; it must be a number")]
    [InlineData("\"initializer_range\": -Infinity", "initializer_range is -Infinity; it must be a number")]
    [InlineData("\"vocab_size\": Infinity", "vocab_size is Infinity; it must be a whole number")]
    [InlineData("\"attention_dropout\": Infinity", "attention_dropout is Infinity, which is not supported")]
    public void Read_NumberThatIsNone_IsRefusedWhereItCounts(string key, string expected)
    {
        string name = key.Split('"')[1];
        string json = ReadCase("llama-gqa").Replace($"\"{name}\":", $"\"_{name}\":", StringComparison.Ordinal).Replace($"\"_{name}\":", "\"_name_or_path\":", StringComparison.Ordinal);
        File.WriteAllText(_folder["config.json"], json.TrimEnd().TrimEnd('}') + $", {key}}}");
        Assert.Contains(expected, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ByteOrderMark_IsNoPartOfTheText()
    {
        File.WriteAllText(_folder["config.json"], ReadCase("llama-gqa"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        File.WriteAllText(_folder["generation_config.json"], """{"eos_token_id": [3, 4], "max_time": Infinity}""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal([3, 4], ModelDescription.Read(_folder.Path).Config.EndTokenIds);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("iso-8859-1")]
    public void Read_AnotherEncoding_IsNamed(string encoding)
    {
        Encoding other = Encoding.GetEncoding(encoding);
        File.WriteAllBytes(_folder["config.json"], [.. other.GetPreamble(), .. other.GetBytes(ReadCase("llama-gqa").TrimEnd().TrimEnd('}') + ", \"_name_or_path\": \"caf\u00E9\"}")]);
        Assert.Contains(encoding == "utf-16BE" ? "byte 0xFE after 0 bytes" : "is not UTF-8 text (byte 0x", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": 128}""", "gptq, 4 bits")]
    [InlineData("""{"quant_method": "awq", "bits": 4, "zero_point": true}""", "awq, 4 bits")]
    [InlineData("""{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"}""", "bitsandbytes, 4 bits")]
    [InlineData("""{"load_in_8bit": true}""", "a method that it does not name")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [128, 128]}""", "fp8")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized"}""", "compressed-tensors")]
    [InlineData("""{"quant_method": "mxfp4", "modules_to_not_convert": []}""", "mxfp4")]
    public void Read_QuantizedModel_IsRefusedByItsMethod(string options, string method)
    {
        WriteWith("llama-gqa", $"\"quantization_config\": {options}");
        string message = Refusal();
        Assert.Contains($"The weights are quantized ({method}; quantization_config in config.json)", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 500);
    }

    [Fact]
    public void Read_ModelQuantizedForMlx_IsRefused()
    {
        WriteWith("llama-gqa", """ "quantization": {"group_size": 64, "bits": 4} """);
        Assert.Contains("quantized (mlx, 4 bits", Refusal(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string ReadCase(string caseName) => File.ReadAllText(Path.Combine(GoldenFolder.CaseFolder("models", caseName), "config.json"));

    private void WriteWith(string caseName, string keys)
    {
        string json = ReadCase(caseName);
        foreach (string name in keys.Split('"').Where(name => name.EndsWith("_name_or_path", StringComparison.Ordinal) || name is "max_length" or "length_penalty" or "diversity_penalty"))
        {
            json = json.Replace($"\"{name}\":", "\"finetuning_task\":", StringComparison.Ordinal);
        }

        File.WriteAllText(_folder["config.json"], json.TrimEnd().TrimEnd('}') + $", {keys}}}");
    }

    private string Refusal() => Assert.Throws<CheckpointException>(() => ModelDescription.Read(_folder.Path)).Message;
}
