namespace AlignService.HuggingFace.Architecture;

public enum FeedForwardKind
{
    /// <summary>down(act(gate x) * up x) (arXiv:2002.05202).</summary>
    Gated,

    /// <summary>The same with gate and up in one matrix, in that order.</summary>
    GatedFused,

    /// <summary>down(act(up x)).</summary>
    Plain,
}
