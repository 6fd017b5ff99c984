namespace AlignService.HuggingFace.Architecture;

/// <summary>Where a block's norms stand, seen from attention and from the feed-forward layer.</summary>
public enum NormPlacement
{
    Before,

    /// <summary>On the result, before it joins the residual.</summary>
    After,

    BeforeAndAfter,
}
