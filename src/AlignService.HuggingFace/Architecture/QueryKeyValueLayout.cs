namespace AlignService.HuggingFace.Architecture;

/// <summary>How the three projections of attention stand in the checkpoint.</summary>
public enum QueryKeyValueLayout
{
    Separate,

    /// <summary>One matrix: all of q, then k, then v.</summary>
    Concatenated,

    /// <summary>One matrix: head by head, each head's q, k and v together.</summary>
    HeadByHead,
}
