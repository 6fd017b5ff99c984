namespace AlignService.HuggingFace.Architecture;

/// <summary>What turns hidden states into logits.</summary>
public enum HeadKind
{
    Separate,

    /// <summary>The token embedding.</summary>
    Tied,

    /// <summary>Nothing: a reward model's body.</summary>
    None,
}
