namespace AlignService.HuggingFace.Families;

/// <summary>What a family means by the absence of a key.</summary>
internal sealed record DecoderDefaults
{
    /// <summary>null: hidden_size / num_attention_heads.</summary>
    internal int? HeadDim { get; init; }

    /// <summary>num_key_value_heads may be absent and is then num_attention_heads.</summary>
    internal bool KeyHeadsAreQueryHeads { get; init; }

    internal double NormEpsilon { get; init; } = 1e-6;

    internal string ActivationKey { get; init; } = "hidden_act";

    internal string Activation { get; init; } = "silu";

    internal bool Tied { get; init; }

    /// <summary>null: the family reads its rotary tables itself.</summary>
    internal RopeSpelling? Rope { get; init; } = new();
}
