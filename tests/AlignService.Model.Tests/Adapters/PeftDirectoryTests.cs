using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Adapters;

/// <summary>Adapter directories that cannot be used are told by name; nothing that changes a number is ignored.</summary>
public sealed class PeftDirectoryTests
{
    [Theory]
    [InlineData("some_new_option", "null")]
    [InlineData("rank_pattern", "{}")]
    [InlineData("use_dora", "false")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("fan_in_fan_out", "true")]
    public void Load_OptionThatIsOff_IsRead(string key, string value)
    {
        using TemporaryFolder folder = Copy(json => json[key] = JsonNode.Parse(value));
        using Transformer model = Base();
        using LowRankAdapter adapter = PeftAdapter.Load(folder.Path, model, trainable: false);
        Assert.Equal(2, adapter.Config.Scaling);
    }

    [Fact]
    public void Load_TargetsAsARegularExpression_MeanTheSameLayers()
    {
        using TemporaryFolder folder = Copy(json => json["target_modules"] = @"model\.layers\.\d+\.self_attn\.(q|v)_proj");
        using Transformer model = Base();
        using LowRankAdapter adapter = PeftAdapter.Load(folder.Path, model, trainable: false), listed = PeftAdapter.Load(Golden, model, trainable: false);
        Assert.Equal(listed.NamedParameters().Select(entry => entry.Name), adapter.NamedParameters().Select(entry => entry.Name));
    }

    [Fact]
    public void Load_TensorsThatDoNotFit_ListsAllOfThem()
    {
        const string First = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", Second = "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight";
        using TemporaryFolder folder = Copy(_ => { });
        string file = Path.Combine(folder.Path, "adapter_model.safetensors");
        Dictionary<string, Tensor> tensors = [];
        using Transformer model = Base();
        using (LowRankAdapter adapter = PeftAdapter.Load(folder.Path, model, trainable: false))
        {
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in adapter.NamedParameters())
            {
                tensors.Add(name, parameter.detach().clone());
            }
        }

        tensors.Remove(First);
        tensors[Second] = zeros(3, 3);
        tensors["extra.weight"] = zeros(1);
        File.Delete(file);
        TensorFile.Write(file, tensors);
        string message = Assert.Throws<CheckpointException>(() => PeftAdapter.Load(folder.Path, model, trainable: false)).Message;
        Assert.Contains("(3 problems)", message, StringComparison.Ordinal);
        Assert.Contains($"{First} is missing", message, StringComparison.Ordinal);
        Assert.Contains($"{Second} is [3, 3]", message, StringComparison.Ordinal);
        Assert.Contains("extra.weight is unexpected", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CopyOfTheHeadBesideItsUpdate_HasToBeThatOfTheBase()
    {
        // What PEFT writes for a head among the targets.
        const string Copy = "base_model.model.lm_head.base_layer.weight";
        using Transformer model = Base();
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { Rank = 2, TargetModules = ["lm_head"] });
        Dictionary<string, Tensor> tensors = adapter.NamedParameters().ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter);
        using var folder = new TemporaryFolder();
        PeftAdapter.Save(adapter, model.Config, "base", folder.Path);
        string file = Path.Combine(folder.Path, "adapter_model.safetensors");
        void Write(Tensor head)
        {
            File.Delete(file);
            TensorFile.Write(file, tensors.Append(KeyValuePair.Create(Copy, head)));
        }

        Write(model.HeadWeight);
        using LowRankAdapter again = PeftAdapter.Load(folder.Path, model, trainable: false);
        Assert.Equal(adapter.NamedParameters().Select(entry => entry.Name), again.NamedParameters().Select(entry => entry.Name));

        using Tensor other = model.HeadWeight * 2;
        Write(other);
        Assert.Contains("differs from the head of this base", Assert.Throws<CheckpointException>(() => PeftAdapter.Load(folder.Path, model, trainable: false)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q_prj", "self_attn.q_proj, self_attn.k_proj, self_attn.v_proj, self_attn.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj, lm_head")]
    [InlineData("embed_tokens", "not a linear layer")]
    [InlineData("(", "not a regular expression")]
    public void Create_TargetThatIsNoLinearLayer_ListsThoseThatAre(string target, string expected)
    {
        using Transformer model = Base();
        CheckpointException fault = Assert.Throws<CheckpointException>(() => LowRankAdapter.Create(model, new AdapterConfig { TargetModules = [target] }, seed: 1));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ModuleToSaveThatIsNotThere_IsRefused()
    {
        using Transformer model = Base();
        CheckpointException fault = Assert.Throws<CheckpointException>(() => LowRankAdapter.Create(model, new AdapterConfig { ModulesToSave = ["classifier"] }, seed: 1));
        Assert.Contains("classifier", fault.Message, StringComparison.Ordinal);
        Assert.Contains("embed_tokens", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ModulesToSaveAndTransposedLayers_ReadBackBitForBit()
    {
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "gpt2-hub-names"), new LoadOptions { Trainable = false });
        var config = new AdapterConfig { Rank = 2, Alpha = 2.5, TargetModules = ["c_proj"], ModulesToSave = ["ln_f", "lm_head"] };
        using LowRankAdapter adapter = RandomAdapter.Over(model, config);
        using var folder = new TemporaryFolder();
        PeftAdapter.Save(adapter, model.Config, "base", folder.Path);
        using LowRankAdapter again = PeftAdapter.Load(folder.Path, model, trainable: false);
        Assert.Contains(again.NamedParameters(), entry => entry.Name == "base_model.model.transformer.h.1.mlp.c_proj.lora_A.weight");
        Assert.Contains(again.NamedParameters(), entry => entry.Name == "base_model.model.transformer.ln_f.bias");
        Assert.Contains(again.NamedParameters(), entry => entry.Name == "base_model.model.lm_head.weight");
        Assert.Equal(config.Scaling, again.Config.Scaling);
        Assert.All(adapter.NamedParameters().Zip(again.NamedParameters()), pair => Assert.Equal(pair.First.Parameter.bytes.ToArray(), pair.Second.Parameter.bytes.ToArray()));
    }

    private static string Golden => GoldenFolder.CaseFolder("adapters", "llama-gqa-qv");

    private static Transformer Base() =>
        HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "llama-gqa"), new LoadOptions { Trainable = false });

    private static TemporaryFolder Copy(Action<JsonObject> change)
    {
        var folder = new TemporaryFolder();
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden, "adapter_config.json")))!.AsObject();
        change(json);
        File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), json.ToJsonString());
        File.Copy(Path.Combine(Golden, "adapter_model.safetensors"), Path.Combine(folder.Path, "adapter_model.safetensors"));
        return folder;
    }
}
