using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Inspection;

/// <summary>What a Hugging Face directory holds, from its JSON files and the headers of its weights.</summary>
public sealed record ModelReport
{
    public required string Directory { get; init; }

    public required ModelKind Kind { get; init; }

    /// <summary>null: an adapter; its base has it.</summary>
    public TransformerConfig? Config { get; init; }

    /// <summary>null: not an adapter.</summary>
    public PeftConfig? Adapter { get; init; }

    /// <summary>Number of parameters, a tied head counted once; of an adapter: its own.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Number formats of the parameters in the file, as named in config.json, most common first; empty where the weights cannot be read.</summary>
    public required IReadOnlyList<string> StoredDtypes { get; init; }

    public required IReadOnlyList<WeightFile> Files { get; init; }

    public IReadOnlyList<EndToken> EndTokens { get; init; } = [];

    /// <summary>null: there is none, or it is not supported.</summary>
    public TokenizerReport? Tokenizer { get; init; }

    /// <summary>Whether sampling on a CPU uses the vectorized decoder, which keeps a packed float32 copy of the weights, rather than libtorch's operators.</summary>
    public bool HasVectorizedDecoder { get; init; }

    /// <summary>Everything unusual, faults first.</summary>
    public required IReadOnlyList<ModelFinding> Findings { get; init; }

    public bool IsUsable => !Findings.Any(finding => finding.IsFault);
}

/// <summary>What a Hugging Face directory holds.</summary>
public enum ModelKind
{
    /// <summary>A causal language model: a policy, or a reference.</summary>
    LanguageModel,

    /// <summary>A sequence classifier with one label.</summary>
    RewardModel,

    /// <summary>A low-rank adapter in PEFT form, which needs its base model.</summary>
    Adapter,
}

/// <summary>A file of weights.</summary>
public sealed record WeightFile(string Name, long Bytes);

/// <summary>A token that ends a completion.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">As the tokenizer writes it; null where there is no tokenizer, or it lacks the token.</param>
public sealed record EndToken(int Id, string? Text);

/// <summary>A tokenizer's properties.</summary>
public sealed record TokenizerReport
{
    /// <summary>The subword model and how it handles what is not in its vocabulary, such as "BPE, byte-level".</summary>
    public required string Kind { get; init; }

    /// <summary>One more than the highest id.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>null: there is no chat template, or it is not supported.</summary>
    public ChatTemplateReport? ChatTemplate { get; init; }
}

/// <summary>A chat template's properties.</summary>
/// <param name="HasGenerationBlocks">It marks what the assistant writes, which masks supervised data.</param>
/// <param name="HasGenerationPrompt">It opens the assistant's turn with add_generation_prompt.</param>
/// <param name="TakesSystemMessage">It renders a conversation that begins with a system message.</param>
/// <param name="Renders">It renders a user's question.</param>
public sealed record ChatTemplateReport(bool HasGenerationBlocks, bool HasGenerationPrompt, bool TakesSystemMessage, bool Renders);
