using System.Text.Json.Nodes;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Inspection;
using AlignService.HuggingFace.Safetensors;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Inspection;

public sealed class ModelInspectorTests
{
    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    public static TheoryData<string> RewardModels => GoldenFolder.Rows("reward-models");

    [Theory]
    [MemberData(nameof(Models))]
    public void Inspect_GoldenModel_IsUsable(string caseName)
    {
        ModelReport report = ModelInspector.Inspect(GoldenFolder.CaseFolder("models", caseName));
        GoldenJson golden = GoldenJson.Load(Path.Combine(report.Directory, "golden.json"), caseName);
        Assert.Equal(ModelKind.LanguageModel, report.Kind);
        Assert.DoesNotContain(report.Findings, finding => finding.IsFault);
        Assert.Equal(golden.Ints("end_token_ids"), report.EndTokens.Select(token => token.Id));
        Assert.Equal(report.ParameterCount * (report.StoredDtypes[0] == "float32" ? 4 : 2), StoredBytes(report));
    }

    [Theory]
    [MemberData(nameof(RewardModels))]
    public void Inspect_GoldenRewardModel_IsOne(string caseName)
    {
        ModelReport report = ModelInspector.Inspect(GoldenFolder.CaseFolder("reward-models", caseName));
        Assert.Equal((ModelKind.RewardModel, true), (report.Kind, report.IsUsable));
    }

    [Fact]
    public void Inspect_GoldenAdapter_NamesItsBase()
    {
        ModelReport report = ModelInspector.Inspect(GoldenFolder.CaseFolder("adapters", "mistral-rslora"));
        Assert.Equal((ModelKind.Adapter, true), (report.Kind, report.IsUsable));
        Assert.True(report.Adapter!.Adapter.RankStabilized);
        Assert.Contains("mistral", Assert.Single(report.Findings, finding => finding.Code == "needs_base_model").Message, StringComparison.Ordinal);
        Assert.True(report.ParameterCount > 0);
    }

    [Theory]
    [InlineData("config.json", "pad_token_id=2", "pad_is_end")]
    [InlineData("config.json", "vocab_size=500", "vocabulary_beyond_embedding")]
    [InlineData("config.json", "vocab_size=500", "weights_do_not_fit")]
    [InlineData("config.json", "vocab_size=520", "embedding_beyond_vocabulary")]
    [InlineData("config.json", "torch_dtype=\"bfloat16\"", "dtype_differs")]
    [InlineData("config.json", "auto_map={\"AutoModel\":\"x\"}", "custom_code")]
    [InlineData("config.json", "architectures=[\"LlamaForTokenClassification\"]", "other_architecture")]
    [InlineData("config.json", "architectures=[\"LlamaForSequenceClassification\"]", "label_count")]
    [InlineData("config.json", "eos_token_id=7", "end_tokens_differ")]
    [InlineData("config.json", "rope_scaling={\"rope_type\":\"yarn\",\"factor\":2}", "yarn_in_force")]
    [InlineData("generation_config.json", "eos_token_id=null", "no_end_token")]
    [InlineData("generation_config.json", "eos_token_id=9999", "end_token_outside")]
    [InlineData("generation_config.json", "eos_token_id=5", "tokenizer_end_token_differs")]
    [InlineData("generation_config.json", "temperature=0.6", "generation_defaults")]
    [InlineData("generation_config.json", null, "no_generation_config")]
    [InlineData("tokenizer.json", null, "no_tokenizer")]
    [InlineData("tokenizer.json", "decoder={\"type\":\"CTC\"}", "tokenizer_refused")]
    [InlineData("tokenizer_config.json", "chat_template=\"{% frob %}\"", "template_refused")]
    [InlineData("tokenizer_config.json", "chat_template=\"{{ messages[0].content }}\"", "no_generation_prompt")]
    [InlineData("tokenizer_config.json", "chat_template=\"{{ messages[5].content.x }}\"", "template_fails")]
    [InlineData("tokenizer_config.json", "chat_template=\"{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0].content }}{{ 'A:' if add_generation_prompt }}\"", "no_system_message")]
    [InlineData("tokenizer_config.json", "chat_template=\"{{ messages|length }}{{ 'A:' if add_generation_prompt }}\"", "prompt_is_no_prefix")]
    [InlineData("tokenizer_config.json", "eos_token=\"<|im_end|>\"", "token_without_id")]
    [InlineData("tokenizer_config.json", "pad_token=\"<pad>\"", "token_without_id")]
    [InlineData("tokenizer_config.json", "chat_template=[{\"name\":\"rag\",\"template\":\"x\"}]", "no_default_template")]
    [InlineData("tokenizer_config.json", "chat_template=\"\\ufeff{{ messages[0].content }}\"", "template_begins_with_byte_order_mark")]
    [InlineData("tokenizer_config.json", "added_tokens_decoder={\"512\":{\"content\":\"<a>\"}}", "vocabulary_beyond_embedding")]
    [InlineData("model.safetensors", null, "weights_unreadable")]
    public void Inspect_SomethingUnusual_IsFound(string file, string? change, string code)
    {
        using var folder = new TemporaryFolder();
        Copy(SharedModels.Stories260K(), folder.Path);
        Assert.DoesNotContain(ModelInspector.Inspect(folder.Path).Findings, finding => finding.Code == code);
        Change(folder[file], change);
        ModelFinding found = Assert.Single(ModelInspector.Inspect(folder.Path).Findings, finding => finding.Code == code);
        Assert.Equal(code is "label_count" or "weights_do_not_fit" or "weights_unreadable" or "tokenizer_refused" or "template_refused", found.IsFault);
    }

    [Theory]
    [InlineData("phi3-longrope", "length_boundary")]
    [InlineData("qwen2-bf16", "window_not_used")]
    [InlineData("gpt2", "dropout_not_applied")]
    public void Inspect_UnusualGoldenModel_IsFound(string caseName, string code) =>
        Assert.Single(ModelInspector.Inspect(GoldenFolder.CaseFolder("models", caseName)).Findings, finding => finding.Code == code);

    [Fact]
    public void Inspect_PickledWeightsBeside_AreNamedAndNotRead()
    {
        using var folder = new TemporaryFolder();
        Copy(SharedModels.Stories260K(), folder.Path);
        File.WriteAllBytes(folder["pytorch_model.bin"], [0x80]);
        File.WriteAllBytes(folder["consolidated.safetensors"], [1]);
        IEnumerable<string> codes = ModelInspector.Inspect(folder.Path).Findings.Select(finding => finding.Code);
        Assert.Superset(new HashSet<string> { "pickled_files", "unused_files" }, codes.ToHashSet());
    }

    /// <summary>What the parameters take in the files, tables left out.</summary>
    private static long StoredBytes(ModelReport report)
    {
        using SafetensorsDirectory files = SafetensorsDirectory.Open(report.Directory);
        return files.Tensors.Where(tensor => !WeightFit.IsTable(tensor.Name)).Sum(tensor => tensor.End - tensor.Begin);
    }

    private static void Change(string file, string? change)
    {
        if (change is null)
        {
            File.Delete(file);
            return;
        }

        string[] parts = change.Split('=', 2);
        var json = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        json[parts[0]] = JsonNode.Parse(parts[1]);
        File.WriteAllText(file, json.ToJsonString());
    }

    private static void Copy(string source, string target)
    {
        foreach (string file in Directory.GetFiles(source))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }
    }
}
