using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Directories;

/// <summary>config.json of every family: what is refused by name, what absent keys mean, and that both spellings mean the same. A change reads `a/b=value`; an empty value removes the key.</summary>
public sealed class ConfigurationTests
{
    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Models))]
    public void Read_UnknownKey_IsRefusedByNameInEveryFamily(string caseName)
    {
        Assert.Contains("mystery_option", Refused(caseName, "mystery_option=1"), StringComparison.Ordinal);
        JsonObject config = Config(caseName);
        foreach (string key in new[] { "rope_parameters", "rope_scaling" }.Where(key => config[key] is JsonObject))
        {
            Assert.Contains("mystery_option", Refused(caseName, $"{key}/mystery_option=1"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Read_KeysThatChangeNoNumber_AreIgnoredInEveryFamily(string caseName) => Assert.Equal(
        Read(caseName),
        Read(caseName, "transformers_version=\"9\"", "_name_or_path=\"x\"", "use_cache=false", "temperature=0.5", "top_k=5", "unsloth_version=\"1\"", "task_specific_params={}"),
        SameConfig);

    [Theory]
    [InlineData("qwen2-yarn", "rope_scaling/mscale=1", "mscale")]
    [InlineData("qwen2-yarn", "rope_scaling/mscale_all_dim=1", "mscale_all_dim")]
    [InlineData("qwen2-yarn", "rope_scaling/truncate=false", "truncate")]
    [InlineData("qwen2-yarn", "rope_scaling/type=\"dynamic\"", "dynamic")]
    [InlineData("qwen2-yarn", "rope_scaling/rope_type=\"linear\"", "rope_type is linear, but type, its older name, is yarn")]
    [InlineData("qwen2-yarn", "rope_scaling/type=\"mrope\"", "mrope")]
    [InlineData("qwen2-yarn", "rope_scaling/short_factor=[1]", "short_factor")]
    [InlineData("qwen2-yarn", "rope_scaling/factor=", "factor")]
    [InlineData("qwen2-yarn", "rope_scaling/factor=-1", "factor is -1")]
    [InlineData("qwen2-yarn", "rope_scaling=3", "rope_scaling")]
    [InlineData("qwen2-yarn", "use_mrope=true", "use_mrope")]
    [InlineData("qwen2-yarn", "layer_types=[\"full_attention\"]", "layer_types")]
    [InlineData("qwen2-yarn", "layer_types=[\"full_attention\",\"chunked_attention\"]", "chunked_attention")]
    [InlineData("qwen2-yarn", "layer_types=[\"full_attention\",\"sliding_attention\"]", "sliding_window is off")]
    [InlineData("llama-rope-llama3", "rope_scaling/high_freq_factor=1", "high_freq_factor")]
    [InlineData("llama-rope-llama3", "rope_scaling/low_freq_factor=", "low_freq_factor")]
    [InlineData("phi3-longrope", "rope_scaling/long_factor=[1,2]", "long_factor has 2 numbers; it must have 6")]
    [InlineData("phi3-longrope", "rope_scaling/short_factor=[1,1,1,1,1,0]", "short_factor")]
    [InlineData("phi3-longrope", "rope_scaling/rope_type=\"su\"", "su")]
    [InlineData("phi3-longrope", "partial_rotary_factor=0.7", "0.7")]
    [InlineData("phi3-longrope", "full_attn_mod=2", "full_attn_mod")]
    [InlineData("phi3-longrope", "original_max_position_embeddings=", "original_max_position_embeddings")]
    [InlineData("phi3", "rope_scaling={\"rope_type\":\"linear\",\"factor\":2}", "default or longrope")]
    [InlineData("phi3", "rope_scaling={\"type\":\"yarn\",\"factor\":2}", "default or longrope")]
    [InlineData("llama-mha", "partial_rotary_factor=0.5", "partial_rotary_factor is 0.5")]
    [InlineData("qwen2-yarn", "rope_scaling/partial_rotary_factor=0.5", "partial_rotary_factor is 0.5")]
    [InlineData("phi3", "attention_bias=true", "attention_bias")]
    [InlineData("phi3", "resid_pdrop=0.1", "resid_pdrop")]
    [InlineData("gemma3", "rope_parameters={\"full_attention\":{\"rope_type\":\"dynamic\",\"rope_theta\":1}}", "rope_parameters together with")]
    [InlineData("gemma2", "sliding_window_size=5", "sliding_window_size is 5")]
    [InlineData("gemma2", "hidden_act=\"silu\"", "hidden_act")]
    [InlineData("gemma2", "hidden_activation=\"relu\"", "hidden_activation is relu")]
    [InlineData("gemma2", "attn_logit_softcapping=0", "attn_logit_softcapping")]
    [InlineData("gemma2", "use_bidirectional_attention=true", "use_bidirectional_attention")]
    [InlineData("gpt2", "activation_function=\"relu\"", "activation_function is relu")]
    [InlineData("gpt2", "scale_attn_by_inverse_layer_idx=true", "scale_attn_by_inverse_layer_idx")]
    [InlineData("gpt2", "scale_attn_weights=false", "scale_attn_weights")]
    [InlineData("gpt2", "add_cross_attention=true", "add_cross_attention")]
    [InlineData("gpt2", "n_head=5", "multiple of n_head")]
    [InlineData("gpt-neox", "hidden_act=\"quick_gelu\"", "quick_gelu")]
    [InlineData("gpt-neox", "hidden_dropout=0.1", "hidden_dropout")]
    [InlineData("gpt-neox", "rotary_pct=0", "0 of a head")]
    [InlineData("gpt-neox", "rope_parameters={\"rope_type\":\"default\",\"partial_rotary_factor\":0.5}", "rotary_pct")]
    [InlineData("smollm3", "no_rope_layers=[1,1]", "no_rope_layers")]
    [InlineData("smollm3", "no_rope_layers=[1,1,1,2]", "no_rope_layers")]
    [InlineData("mistral-window", "sliding_window=0", "sliding_window is 0")]
    [InlineData("olmo2", "clip_qkv=8", "clip_qkv")]
    [InlineData("llama-mha", "tie_word_embeddings=\"yes\"", "tie_word_embeddings")]
    [InlineData("llama-mha", "\\ud800=1", "surrogate")]
    [InlineData("llama-mha", "hidden_act=\"\\ud800\"", "hidden_act")]
    [InlineData("llama-mha", "eos_token_id=[1,\"x\"]", "eos_token_id")]
    [InlineData("llama-mha", "eos_token_id=1.5", "eos_token_id")]
    [InlineData("llama-mha", "num_attention_heads=1073741824", "num_attention_heads is 1073741824")]
    public void Read_OptionThatIsNotSupported_IsRefusedByName(string caseName, string change, string expected) =>
        Assert.Contains(expected, Refused(caseName, change), StringComparison.Ordinal);

    [Theory]
    [InlineData("llama-mha", "rope_theta=500", "rope_parameters={\"rope_theta\":500,\"rope_type\":\"default\"}")]
    [InlineData("llama-mha", "torch_dtype=\"bfloat16\"", "dtype=\"bfloat16\"")]
    [InlineData("llama-rope-llama3", "rope_scaling/factor=8", "rope_scaling=|rope_theta=|rope_parameters={\"rope_theta\":20000,\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,\"original_max_position_embeddings\":96}")]
    [InlineData("qwen2-yarn", "rope_scaling/beta_fast=32", "rope_scaling/rope_type=\"yarn\"|rope_scaling/type=")]
    [InlineData("gpt-neox", "rotary_pct=0.25", "rotary_pct=|rotary_emb_base=|rope_parameters={\"rope_theta\":10000,\"rope_type\":\"default\",\"partial_rotary_factor\":0.25}")]
    [InlineData("gemma3", "rope_scaling={\"type\":\"linear\",\"factor\":8}", "rope_theta=|rope_local_base_freq=|rope_scaling=|rope_parameters={\"full_attention\":{\"rope_type\":\"linear\",\"factor\":8,\"rope_theta\":1000000},\"sliding_attention\":{\"rope_type\":\"default\",\"rope_theta\":10000}}")]
    [InlineData("gemma3", "sliding_window=8", "sliding_window_pattern=|layer_types=[\"sliding_attention\",\"sliding_attention\",\"full_attention\",\"sliding_attention\"]")]
    [InlineData("gemma3", "sliding_window=8", "sliding_window_pattern=|_sliding_window_pattern=3")]
    [InlineData("gemma2", "sliding_window_size=6", "layer_types=[\"sliding_attention\",\"full_attention\",\"sliding_attention\",\"full_attention\"]")]
    [InlineData("phi3-longrope", "partial_rotary_factor=0.75", "partial_rotary_factor=|rope_theta=|rope_parameters={\"rope_theta\":10000,\"partial_rotary_factor\":0.75,\"rope_type\":\"longrope\",\"long_factor\":[1.0,1.5,2.25,3.5,5.0,7.5],\"short_factor\":[1.0,1.1,1.25,1.3,1.5,1.75],\"original_max_position_embeddings\":99}|rope_scaling=")]
    [InlineData("phi3-longrope", "full_attn_mod=1", "interpolate_factor=1")]
    [InlineData("smollm3", "no_rope_layers=[1,1,1,0]", "no_rope_layers=")]
    [InlineData("qwen2-yarn", "use_sliding_window=true|sliding_window=16|max_window_layers=1", "use_sliding_window=true|sliding_window=16|layer_types=[\"full_attention\",\"sliding_attention\"]")]
    [InlineData("qwen2-yarn", "sliding_window=16|use_sliding_window=", "sliding_window=")]
    public void Read_TwoSpellings_MeanTheSame(string caseName, string one, string other) =>
        Assert.Equal(Read(caseName, one.Split('|')), Read(caseName, other.Split('|')), SameConfig);

    [Theory]
    [InlineData("llama-mha", "num_key_value_heads=4|head_dim=12|rope_theta=10000|attention_bias=false|mlp_bias=false|hidden_act=\"silu\"|tie_word_embeddings=false|rms_norm_eps=1e-6", "rms_norm_eps=")]
    [InlineData("phi3", "tie_word_embeddings=false|sliding_window=|rms_norm_eps=1e-5|num_key_value_heads=", "tie_word_embeddings=|sliding_window=null|rms_norm_eps=|num_key_value_heads=4")]
    [InlineData("olmo2", "rms_norm_eps=1e-5|num_key_value_heads=4|rope_parameters=", "rms_norm_eps=|num_key_value_heads=|rope_parameters={\"rope_theta\":10000}")]
    [InlineData("mistral-window", "sliding_window=4096|rms_norm_eps=1e-6|tie_word_embeddings=false", "sliding_window=|rms_norm_eps=|tie_word_embeddings=")]
    [InlineData("gemma2", "sliding_window=4096|query_pre_attn_scalar=256|attn_logit_softcapping=50|final_logit_softcapping=30|head_dim=256|tie_word_embeddings=true|hidden_activation=\"gelu_pytorch_tanh\"", "sliding_window=|query_pre_attn_scalar=|attn_logit_softcapping=|final_logit_softcapping=|head_dim=|tie_word_embeddings=")]
    [InlineData("gemma3", "sliding_window=4096|query_pre_attn_scalar=256|sliding_window_pattern=6|rope_theta=1000000|rope_local_base_freq=10000|attn_logit_softcapping=null|tie_word_embeddings=true", "sliding_window=|query_pre_attn_scalar=|sliding_window_pattern=|rope_theta=|rope_local_base_freq=|attn_logit_softcapping=|tie_word_embeddings=")]
    [InlineData("qwen3", "head_dim=128|tie_word_embeddings=false|attention_bias=false", "head_dim=|tie_word_embeddings=|attention_bias=")]
    [InlineData("smollm3", "rope_parameters={\"rope_theta\":2000000}|tie_word_embeddings=true|no_rope_layer_interval=4|no_rope_layers=", "rope_parameters=|tie_word_embeddings=|no_rope_layer_interval=|no_rope_layers=")]
    [InlineData("gpt2", "n_inner=192|tie_word_embeddings=true|activation_function=\"gelu_new\"|layer_norm_epsilon=1e-5", "n_inner=|tie_word_embeddings=|activation_function=|layer_norm_epsilon=")]
    [InlineData("gpt-neox", "rotary_pct=0.25|rotary_emb_base=10000|use_parallel_residual=true|attention_bias=true|hidden_act=\"gelu\"|layer_norm_eps=1e-5|tie_word_embeddings=false", "rotary_pct=|rotary_emb_base=|use_parallel_residual=|attention_bias=|hidden_act=|layer_norm_eps=|tie_word_embeddings=")]
    public void Read_AbsentKeys_HaveTheFamilysDefaults(string caseName, string written, string absent) =>
        Assert.Equal(Read(caseName, written.Split('|')), Read(caseName, absent.Split('|')), SameConfig);

    [Theory]
    [InlineData("""{"id2label": {"0": "a"}, "num_labels": 3}""", 1)]
    [InlineData("""{"num_labels": 1}""", 1)]
    [InlineData("""{"num_labels": 3}""", 3)]
    [InlineData("{}", 0)]
    public void Read_Labels_AreThoseOfTheirNamesOrElseTheirNumber(string keys, int expected)
    {
        JsonObject config = Config("llama-mha");
        foreach ((string key, JsonNode? value) in JsonNode.Parse(keys)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Assert.Equal(expected, ModelDescription.Read(folder.Path).LabelCount);
    }

    private static bool SameConfig(TransformerConfig one, TransformerConfig other) =>
        one.Layers.SequenceEqual(other.Layers) && one.EndTokenIds.SequenceEqual(other.EndTokenIds)
        && one with { Layers = [], EndTokenIds = [] } == other with { Layers = [], EndTokenIds = [] };

    private static string Refused(string caseName, params string[] changes) => Assert.Throws<CheckpointException>(() => Read(caseName, changes)).Message;

    private static TransformerConfig Read(string caseName, params string[] changes)
    {
        JsonObject config = Config(caseName);
        foreach (string[] change in changes.Select(change => change.Split('=', 2)))
        {
            string[] path = change[0].Split('/');
            JsonObject parent = path.Length == 2 ? (JsonObject)config[path[0]]! : config;
            parent.Remove(path[^1]);
            if (change[1].Length > 0)
            {
                parent[Escaped(path[^1])] = change[1] == "null" ? null : JsonNode.Parse($"[{Escaped(change[1])}]")![0]!.DeepClone();
            }
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config.ToJsonString().Replace("@escape@", "\\ud800", StringComparison.Ordinal));
        return ModelDescription.Read(folder.Path).Config;

        static string Escaped(string json) => json.Replace("\\ud800", "@escape@", StringComparison.Ordinal);
    }

    private static JsonObject Config(string caseName) =>
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenFolder.CaseFolder("models", caseName), "config.json")))!;
}
