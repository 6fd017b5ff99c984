using AlignService.Model.Architecture.Norms;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>What a forward pass runs through; tensors are borrowed.</summary>
internal sealed class TransformerParts
{
    /// <summary>[V, C].</summary>
    internal required Tensor Embedding { get; init; }

    /// <summary>[positions, C]; null: none are learned.</summary>
    internal required Tensor? Positions { get; init; }

    internal required TransformerBlock[] Blocks { get; init; }

    internal required INorm FinalNorm { get; init; }

    /// <summary>Null: a body without one.</summary>
    internal required LanguageModelHead? Head { get; init; }
}
