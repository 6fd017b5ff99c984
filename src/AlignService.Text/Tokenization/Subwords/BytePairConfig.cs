namespace AlignService.Text.Tokenization.Subwords;

/// <summary>The options of a BPE model in tokenizer.json.</summary>
internal sealed record BytePairConfig
{
    /// <summary>What stands for a character that the vocabulary lacks; null: such a character vanishes.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Neighbouring unknown characters become one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>A character that the vocabulary lacks is written as its bytes, <c>&lt;0xE4&gt;</c> and so on.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>A piece that is a token is that token, whatever the merges would make of it.</summary>
    public bool IgnoresMerges { get; init; }
}
