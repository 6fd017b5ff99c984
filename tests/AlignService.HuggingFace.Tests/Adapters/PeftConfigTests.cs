using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Adapters;

/// <summary>What adapter_config.json asks for is supported, or refused by name.</summary>
public sealed class PeftConfigTests
{
    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("layers_to_transform", "[0, 1]")]
    [InlineData("rank_pattern", "{\"q_proj\": 2}")]
    [InlineData("alpha_pattern", "{\"q_proj\": 2}")]
    [InlineData("exclude_modules", "[\"q_proj\"]")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("use_qalora", "true")]
    [InlineData("trainable_token_indices", "[1]")]
    [InlineData("target_parameters", "[\"x\"]")]
    [InlineData("layer_replication", "[[0, 1]]")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("task_type", "\"SEQ_CLS\"")]
    [InlineData("some_new_option", "1")]
    public void Read_OptionThatIsNotSupported_IsRefusedByName(string key, string value)
    {
        using TemporaryFolder folder = Copy(json => json[key] = JsonNode.Parse(value));
        Assert.Contains(key, Assert.Throws<CheckpointException>(() => PeftConfig.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere/at/all", "does not exist; set it to the base's directory")]
    [InlineData(null, "names no base")]
    public void At_BaseThatIsNotThere_SaysWhereItWasLookedFor(string? baseModel, string expected)
    {
        using TemporaryFolder folder = Copy(json => json["base_model_name_or_path"] = baseModel);
        CheckpointException fault = Assert.Throws<CheckpointException>(() => AdaptedModel.At(folder.Path));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    private static string Golden => GoldenFolder.CaseFolder("adapters", "llama-gqa-qv");

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
