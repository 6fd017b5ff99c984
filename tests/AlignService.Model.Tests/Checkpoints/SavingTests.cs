using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tests.Architecture;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

public sealed class SavingTests
{
    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Models))]
    public void Save_AsLoaded_EveryTensorIsByteEqualAndTheConfigurationAsItCame(string caseName)
    {
        string source = GoldenFolder.CaseFolder("models", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(source, new LoadOptions()));
        using var folder = new TemporaryFolder();
        HuggingFaceCheckpoint.Save(model, source, folder.Path, dtype: null);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "config.json")), File.ReadAllBytes(folder["config.json"]));
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "generation_config.json")), File.ReadAllBytes(folder["generation_config.json"]));
        AssertTensorsEqual(source, folder.Path);
        if (File.Exists(Path.Combine(source, "model.safetensors")))
        {
            // transformers' own file, header and order included.
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, "model.safetensors")), File.ReadAllBytes(folder["model.safetensors"]));
        }

        using Transformer again = HuggingFaceCheckpoint.LoadTransformer(folder.Path, new LoadOptions());
        Assert.Equal(model.NamedParameters().Select(entry => entry.Name), again.NamedParameters().Select(entry => entry.Name));
    }

    [Fact]
    public void Save_WithTokenizerAndTemplate_CopiesTheirFilesByteForByte()
    {
        string source = SharedModels.Stories260K();
        using var folder = new TemporaryFolder();
        string[] names = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];
        foreach (string name in names.Append("model.safetensors"))
        {
            Directory.CreateDirectory(folder["source"]);
            File.WriteAllBytes(folder[$"source/{name}"], File.ReadAllBytes(Path.Combine(source, name)));
        }

        File.WriteAllText(folder["source/chat_template.jinja"], "{{ messages[0].content }}\r\n");
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(folder["source"], new LoadOptions());
        HuggingFaceCheckpoint.Save(model, folder["source"], folder["target"], dtype: null);
        foreach (string name in names.Append("model.safetensors").Append("chat_template.jinja"))
        {
            Assert.Equal(File.ReadAllBytes(folder[$"source/{name}"]), File.ReadAllBytes(folder[$"target/{name}"]));
        }
    }

    [Theory]
    [InlineData(StoredDtype.BFloat16, "bfloat16")]
    [InlineData(StoredDtype.Float32, "float32")]
    public void Save_InAnotherDtype_RoundsAndNamesItInTheConfiguration(StoredDtype dtype, string name)
    {
        using var folder = new TemporaryFolder();
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        HuggingFaceCheckpoint.Save(model, null, folder["new"], null);
        HuggingFaceCheckpoint.Save(model, folder["new"], folder["saved"], dtype);
        Assert.Equal(name, (string?)JsonNode.Parse(File.ReadAllText(folder["saved/config.json"]))!["dtype"]);
        using Transformer read = HuggingFaceCheckpoint.LoadTransformer(folder["saved"], new LoadOptions());
        foreach (((string _, TorchSharp.Modules.Parameter before), (string _, TorchSharp.Modules.Parameter after)) in model.NamedParameters().Zip(read.NamedParameters()))
        {
            using var scope = NewDisposeScope();
            Tensor expected = dtype == StoredDtype.BFloat16 ? before.to(ScalarType.BFloat16).to(ScalarType.Float32) : before;
            Assert.True(expected.equal(after).all().ToBoolean());
        }
    }

    [Fact]
    public void Save_NewModel_ReadsBackWithTheSameConfiguration()
    {
        using var folder = new TemporaryFolder();
        TransformerConfig config = TinyModel.Llama with { EndTokenIds = [3, 4], PadTokenId = 0, Head = HeadKind.Tied, InitializerRange = 0.05 };
        using Transformer model = TinyModel.Create(config);
        HuggingFaceCheckpoint.Save(model, null, folder.Path, null);
        using Transformer read = HuggingFaceCheckpoint.LoadTransformer(folder.Path, new LoadOptions());
        Assert.Equal(config.EndTokenIds, read.Config.EndTokenIds);
        Assert.Equal(config.Layers, read.Config.Layers);
        Assert.Equal(config with { EndTokenIds = [], Layers = [] }, read.Config with { EndTokenIds = [], Layers = [] });
        using Tensor ids = arange(20L).unsqueeze(0), expected = model.Hidden(ids), got = read.Hidden(ids);
        Assert.True(expected.equal(got).all().ToBoolean());
    }

    [Fact]
    public void SaveRewardModel_FromALanguageModel_LoadsAsAClassifierWithEqualScores()
    {
        using var folder = new TemporaryFolder();
        using (Transformer policy = TinyModel.Create(TinyModel.Llama))
        {
            HuggingFaceCheckpoint.Save(policy, null, folder["policy"], null);
        }

        using RewardModelHead reward = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.LoadTransformer(folder["policy"], new LoadOptions()), padTokenId: 0, seed: 5);
        Assert.DoesNotContain(reward.NamedParameters(), entry => entry.Name == "lm_head.weight");
        Assert.Equal("score.weight", reward.NamedParameters().Last().Name);
        HuggingFaceCheckpoint.SaveRewardModel(reward, folder["policy"], folder["reward"], null);
        HuggingFaceCheckpoint.SaveRewardModel(reward, folder["reward"], folder["again"], null);
        Assert.Equal(File.ReadAllBytes(folder["reward/config.json"]), File.ReadAllBytes(folder["again/config.json"]));
        Assert.Equal("LlamaForSequenceClassification", (string?)JsonNode.Parse(File.ReadAllText(folder["reward/config.json"]))!["architectures"]![0]);

        using RewardModelHead read = HuggingFaceCheckpoint.LoadRewardModel(folder["again"], new LoadOptions());
        using Tensor ids = arange(1, 21L).view(2, 10), lengths = tensor(new long[] { 10, 6 });
        using Tensor expected = reward.Scores(ids, lengths), got = read.Scores(ids, lengths);
        Assert.True(expected.equal(got).all().ToBoolean());
    }

    private static void AssertTensorsEqual(string source, string target)
    {
        using SafetensorsDirectory before = SafetensorsDirectory.Open(source), after = SafetensorsDirectory.Open(target);
        Assert.Equal(before.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal), after.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (StoredTensor tensor in before.Tensors)
        {
            before.TryGet(tensor.Name, out SafetensorsFile sourceFile, out _);
            after.TryGet(tensor.Name, out SafetensorsFile targetFile, out StoredTensor saved);
            Assert.Equal(tensor.Describe(), saved.Describe());
            int length = (int)(tensor.End - tensor.Begin);
            Assert.True(sourceFile.Bytes(tensor, 0, length).SequenceEqual(targetFile.Bytes(saved, 0, length)), tensor.Name);
        }
    }
}
