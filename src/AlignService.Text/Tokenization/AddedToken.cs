namespace AlignService.Text.Tokenization;

/// <summary>A token that is sought in the text as it stands, before any merging.</summary>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Not found inside of a word.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Swallows the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Swallows the white space behind it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Sought in normalized text, itself normalized.</summary>
    public bool Normalized { get; init; }

    /// <summary>Left out when special tokens are skipped.</summary>
    public bool Special { get; init; }
}
