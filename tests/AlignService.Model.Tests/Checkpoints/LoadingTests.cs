using System.Text.Json.Nodes;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tests.Architecture;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

public sealed class LoadingTests
{
    /// <summary>Of the head's values for seed 9: the generator must not change with libraries or machines.</summary>
    private const double PinnedSum = -20.478371713892557;

    [Theory]
    [InlineData("mystery_option", "1", "mystery_option")]
    [InlineData("quantization_config", """{"bits":4}""", "quantization_config")]
    [InlineData("rope_parameters", """{"rope_type":"dynamic","factor":2}""", "dynamic")]
    [InlineData("rope_scaling", """{"rope_type":"linear","factor":2}""", "rope_scaling and rope_parameters")]
    [InlineData("rope_theta", "5", "rope_theta")]
    [InlineData("rope_parameters", """{"rope_theta":1000,"rope_type":"default","mscale":1}""", "mscale")]
    [InlineData("rope_parameters", """{"rope_type":"linear","factor":0}""", "factor")]
    [InlineData("hidden_act", "\"relu6\"", "relu6")]
    [InlineData("attention_dropout", "0.1", "attention_dropout")]
    [InlineData("rope_interleaved", "true", "rope_interleaved")]
    [InlineData("hidden_size", "-3", "hidden_size is -3")]
    [InlineData("hidden_size", "1e30", "hidden_size")]
    [InlineData("hidden_size", "2147483647", "hidden_size")]
    [InlineData("num_hidden_layers", "1000000000", "num_hidden_layers")]
    [InlineData("num_attention_heads", "3", "num_key_value_heads")]
    [InlineData("rms_norm_eps", "0", "epsilon")]
    [InlineData("vocab_size", null, "vocab_size")]
    [InlineData("model_type", "\"rwkv\"", "model_type rwkv is not supported yet")]
    public void Load_OptionThatIsNotSupported_IsRefusedByName(string key, string? value, string expected)
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(folder["config.json"]))!;
        config[key] = value is null ? null : JsonNode.Parse(value);
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Assert.Contains(expected, Load(folder.Path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "config.json")]
    [InlineData("[]", "config.json")]
    [InlineData("""{"model_type":"llama","model_type":"llama"}""", "model_type")]
    public void Load_ConfigurationThatIsNoObject_IsRefused(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        File.WriteAllText(folder["config.json"], json);
        Assert.Contains(expected, Load(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DeepConfiguration_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], new string('[', 100_000));
        Assert.Contains("config.json", Load(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TensorsMissingExtraAndMisshapen_OneErrorListsAll()
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(folder["config.json"]))!;
        config["mlp_bias"] = true;
        config["vocab_size"] = 51;
        config["tie_word_embeddings"] = true;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        string message = Load(folder.Path).Message;
        Assert.Contains("model.layers.1.mlp.gate_proj.bias is missing", message, StringComparison.Ordinal);
        Assert.Contains("model.embed_tokens.weight is [50, 24], but config.json requires [51, 24]", message, StringComparison.Ordinal);
        Assert.Contains("lm_head.weight is unexpected", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsThatAreNoNumbers_AreNamed()
    {
        using var folder = new TemporaryFolder();
        using (Transformer model = TinyModel.Create(TinyModel.Llama))
        {
            using var noGrad = no_grad();
            model.NamedParameters().Single(entry => entry.Name == "model.norm.weight").Parameter[3] = float.NaN;
            model.NamedParameters().Single(entry => entry.Name == "lm_head.weight").Parameter[2, 1] = float.NegativeInfinity;
            HuggingFaceCheckpoint.Save(model, null, folder.Path, null);
        }

        Assert.Contains("model.norm.weight, lm_head.weight", Load(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EndTokens_GenerationConfigurationDecidesWhereItExists()
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        File.WriteAllText(folder["generation_config.json"], """{"eos_token_id":[7,8]}""");
        Assert.Equal([7, 8], EndTokens(folder.Path));
        File.WriteAllText(folder["generation_config.json"], "{}");
        Assert.Empty(EndTokens(folder.Path));
        File.Delete(folder["generation_config.json"]);
        Assert.Equal([3], EndTokens(folder.Path));
    }

    [Fact]
    public void Load_InFloat64_ComputesInIt()
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        using Transformer wide = HuggingFaceCheckpoint.LoadTransformer(folder.Path, new LoadOptions { Dtype = ScalarType.Float64, Trainable = false });
        using Transformer narrow = HuggingFaceCheckpoint.LoadTransformer(folder.Path, new LoadOptions());
        using Tensor ids = arange(20L).unsqueeze(0), expected = wide.Logits(wide.Hidden(ids)), got = narrow.Logits(narrow.Hidden(ids));
        Assert.Equal(ScalarType.Float64, expected.dtype);
        Assert.Equal(ScalarType.Float32, got.dtype);
        Assert.False(expected.requires_grad);
        Assert.True(got.requires_grad);
        Assert.True((expected - got).abs().max().ToDouble() < GoldenModel.ValueTolerance);
    }

    [Fact]
    public void LoadRewardModel_LanguageModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        SaveTiny(folder.Path);
        CheckpointException fault = Assert.Throws<CheckpointException>(() => HuggingFaceCheckpoint.LoadRewardModel(folder.Path, new LoadOptions()));
        Assert.Contains("id2label", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateRandom_SameSeed_SameBits()
    {
        using Transformer first = TinyModel.Create(TinyModel.Llama, 9), second = TinyModel.Create(TinyModel.Llama, 9), other = TinyModel.Create(TinyModel.Llama, 10);
        using Tensor weight = first.HeadWeight.detach().to(ScalarType.Float64);
        Assert.True(weight.equal(second.HeadWeight).all().ToBoolean());
        Assert.False(weight.equal(other.HeadWeight).all().ToBoolean());
        Assert.InRange(weight.std().ToDouble(), 0.28, 0.32);
        Assert.InRange(weight.mean().ToDouble(), -0.03, 0.03);
        Assert.Equal(PinnedSum, weight.sum().ToDouble(), 1e-9);
    }

    private static void SaveTiny(string path)
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama with { EndTokenIds = [3] });
        HuggingFaceCheckpoint.Save(model, null, path, null);
    }

    private static IReadOnlyList<int> EndTokens(string path)
    {
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(path, new LoadOptions());
        return model.Config.EndTokenIds;
    }

    private static CheckpointException Load(string path) =>
        Assert.Throws<CheckpointException>(() => HuggingFaceCheckpoint.LoadTransformer(path, new LoadOptions()));
}
