namespace AlignService.HuggingFace.Families;

/// <summary>How a family spells its rotary positions in the keys of transformers 4, and what it means by their absence.</summary>
internal sealed record RopeSpelling
{
    internal string ThetaKey { get; init; } = "rope_theta";

    internal double Theta { get; init; } = 10000;

    internal string FractionKey { get; init; } = "partial_rotary_factor";

    /// <summary>Part of a head that turns.</summary>
    internal double Fraction { get; init; } = 1;

    /// <summary>Whether the family can turn a part of a head; others' code does not look at the key.</summary>
    internal bool MayTurnPart { get; init; }

    /// <summary>`original_max_position_embeddings` stands at the top level of config.json and wins there.</summary>
    internal bool OriginalLengthAtTop { get; init; }
}
