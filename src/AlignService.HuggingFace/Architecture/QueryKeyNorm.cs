namespace AlignService.HuggingFace.Architecture;

/// <summary>Norm of queries and keys before the rotary positions.</summary>
public enum QueryKeyNorm
{
    None,

    /// <summary>Each head by itself, over D.</summary>
    PerHead,

    /// <summary>All heads together, before the split.</summary>
    FullWidth,
}
