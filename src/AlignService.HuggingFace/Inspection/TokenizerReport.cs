namespace AlignService.HuggingFace.Inspection;

/// <summary>What was understood of a tokenizer.</summary>
public sealed record TokenizerReport
{
    /// <summary>The subword model and how it covers what is not in its vocabulary, such as "BPE, byte-level".</summary>
    public required string Kind { get; init; }

    /// <summary>One more than the highest id.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>null: there is no chat template, or it was refused.</summary>
    public ChatTemplateReport? ChatTemplate { get; init; }
}
