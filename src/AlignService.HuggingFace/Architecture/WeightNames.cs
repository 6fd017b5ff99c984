
namespace AlignService.HuggingFace.Architecture;

/// <summary>Names of the tensors in a checkpoint, without `.weight` and `.bias`. The defaults are Llama's, which most families share.</summary>
public sealed record WeightNames
{
    /// <summary>Prefix of the names below, except the head's, that some files leave out; empty: none.</summary>
    public string OptionalPrefix { get; init; } = "";

    /// <summary>What a file without the optional prefix leaves out before each name except the head's.</summary>
    public string MissingPrefix { get; init; } = "";

    public string Embedding { get; init; } = "model.embed_tokens";

    public string Positions { get; init; } = "";

    /// <summary>What precedes a block's number.</summary>
    public string Layers { get; init; } = "model.layers";

    public string FinalNorm { get; init; } = "model.norm";

    public string Head { get; init; } = "lm_head";

    public string NormBeforeAttention { get; init; } = "input_layernorm";

    public string NormAfterAttention { get; init; } = "post_attention_layernorm";

    public string NormBeforeFeedForward { get; init; } = "post_attention_layernorm";

    public string NormAfterFeedForward { get; init; } = "post_feedforward_layernorm";

    public string Query { get; init; } = "self_attn.q_proj";

    public string Key { get; init; } = "self_attn.k_proj";

    public string Value { get; init; } = "self_attn.v_proj";

    public string QueryKeyValue { get; init; } = "self_attn.qkv_proj";

    public string QueryNorm { get; init; } = "self_attn.q_norm";

    public string KeyNorm { get; init; } = "self_attn.k_norm";

    public string AttentionOutput { get; init; } = "self_attn.o_proj";

    public string Gate { get; init; } = "mlp.gate_proj";

    public string Up { get; init; } = "mlp.up_proj";

    public string GateUp { get; init; } = "mlp.gate_up_proj";

    public string Down { get; init; } = "mlp.down_proj";

    /// <summary>The same names without the optional prefix.</summary>
    internal WeightNames WithoutPrefix() => this with
    {
        OptionalPrefix = "",
        MissingPrefix = OptionalPrefix,
        Embedding = Strip(Embedding),
        Positions = Strip(Positions),
        Layers = Strip(Layers),
        FinalNorm = Strip(FinalNorm),
    };

    internal string InLayer(int index, string part) => $"{Layers}.{index}.{part}";

    /// <summary>The path in the whole causal model of a module or parameter that has this name in the file.</summary>
    internal string ModulePath(string name) => name == Head || name.StartsWith($"{Head}.", StringComparison.Ordinal) ? name : MissingPrefix + name;

    private string Strip(string name) => name.StartsWith(OptionalPrefix, StringComparison.Ordinal) ? name[OptionalPrefix.Length..] : name;
}
