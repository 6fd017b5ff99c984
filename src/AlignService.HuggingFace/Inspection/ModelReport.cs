using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Inspection;

/// <summary>What was understood of a Hugging Face directory, from its JSON files and the headers of its weights.</summary>
public sealed record ModelReport
{
    public required string Directory { get; init; }

    public required ModelKind Kind { get; init; }

    /// <summary>null: an adapter, whose base has it.</summary>
    public TransformerConfig? Config { get; init; }

    /// <summary>null: no adapter.</summary>
    public PeftConfig? Adapter { get; init; }

    /// <summary>Numbers in all parameters, a tied head once; of an adapter: in its own.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Number formats of the parameters in the file, in the words of config.json, the commonest first; empty where the weights cannot be read.</summary>
    public required IReadOnlyList<string> StoredDtypes { get; init; }

    public required IReadOnlyList<WeightFile> Files { get; init; }

    public IReadOnlyList<EndToken> EndTokens { get; init; } = [];

    /// <summary>null: there is none, or it was refused.</summary>
    public TokenizerReport? Tokenizer { get; init; }

    /// <summary>Whether sampling on a CPU goes by the vectorised decoder, which keeps a packed float32 copy of the weights; else by libtorch's operators.</summary>
    public bool HasVectorizedDecoder { get; init; }

    /// <summary>Everything unusual, faults first.</summary>
    public required IReadOnlyList<ModelFinding> Findings { get; init; }

    public bool IsUsable => !Findings.Any(finding => finding.IsFault);
}
