namespace AlignService.HuggingFace.Architecture;

/// <summary>
/// The structure of a decoder-only transformer. A family (Llama, Qwen, ...) is only a way to fill this record from its config.json; the forward pass does not know families.
/// </summary>
public sealed record TransformerConfig
{
    /// <summary>config.json's `model_type`, for messages and for writing it back.</summary>
    public required string ModelType { get; init; }

    /// <summary>Tokens that have an embedding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width C of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Query heads H.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads; divides <see cref="HeadCount"/>, and each serves a run of adjacent query heads.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width D of one head; H * D need not be C.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Longest sequence, prompt and completion together, in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>One entry per block.</summary>
    public required IReadOnlyList<LayerConfig> Layers { get; init; }

    /// <summary>Sequences up to this length and those beyond it have different rotary positions (see `PlannedLength` of the model); null: they do not depend on length.</summary>
    public long? LengthBoundary => Layers.Select(layer => layer.Rope?.Scaling?.LengthBoundary).Max();

    public NormKind Norm { get; init; } = NormKind.RootMeanSquare;

    /// <summary>Added under the root of every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    public NormPlacement NormPlacement { get; init; } = NormPlacement.Before;

    /// <summary>x + attention(norm x) + mlp(norm x), instead of one after the other.</summary>
    public bool ParallelResidual { get; init; }

    public QueryKeyNorm QueryKeyNorm { get; init; } = QueryKeyNorm.None;

    public QueryKeyValueLayout QueryKeyValueLayout { get; init; } = QueryKeyValueLayout.Separate;

    public FeedForwardKind FeedForward { get; init; } = FeedForwardKind.Gated;

    public ActivationKind Activation { get; init; } = ActivationKind.Silu;

    /// <summary>Linear weights are stored as [in, out] in the file.</summary>
    public bool TransposedLinear { get; init; }

    public bool QueryKeyValueBias { get; init; }

    public bool AttentionOutputBias { get; init; }

    public bool FeedForwardBias { get; init; }

    /// <summary>Factor of q k'; null: 1 / sqrt(D).</summary>
    public double? AttentionScale { get; init; }

    /// <summary>c of c tanh(score / c), before the mask; null: off.</summary>
    public double? AttentionSoftcap { get; init; }

    /// <summary>The same for logits; null: off.</summary>
    public double? LogitSoftcap { get; init; }

    /// <summary>Factor of the token embeddings.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>A table of learned positions is added to the token embeddings.</summary>
    public bool LearnedPositions { get; init; }

    public HeadKind Head { get; init; } = HeadKind.Separate;

    /// <summary>Ids that end a completion; empty: none are known.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    public int? BeginTokenId { get; init; }

    public int? PadTokenId { get; init; }

    /// <summary>Standard deviation of new weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Names of the tensors in the checkpoint.</summary>
    public WeightNames Names { get; init; } = new();
}

/// <summary>What may differ from block to block.</summary>
/// <param name="Rope">Rotary positions; null: this block has none.</param>
/// <param name="SlidingWindow">A query sees this many keys, itself included; null: all before it.</param>
public sealed record LayerConfig(RopeConfig? Rope, int? SlidingWindow = null);

/// <summary>How the three projections of attention are stored in the checkpoint.</summary>
public enum QueryKeyValueLayout
{
    Separate,

    /// <summary>One matrix: all of q, then k, then v.</summary>
    Concatenated,

    /// <summary>One matrix: head by head, each head's q, k and v together.</summary>
    HeadByHead,
}

/// <summary>Norm of queries and keys before the rotary positions.</summary>
public enum QueryKeyNorm
{
    None,

    /// <summary>Each head separately, over D.</summary>
    PerHead,

    /// <summary>All heads together, before the split.</summary>
    FullWidth,
}

public enum NormKind
{
    /// <summary>x / rms(x) * weight (arXiv:1910.07467).</summary>
    RootMeanSquare,

    /// <summary>x / rms(x) * (1 + weight).</summary>
    RootMeanSquarePlusOne,

    /// <summary>(x - mean) / std * weight + bias.</summary>
    Layer,
}

/// <summary>Where a block's norms are, relative to attention and the feed-forward layer.</summary>
public enum NormPlacement
{
    Before,

    /// <summary>On the result, before it is added to the residual.</summary>
    After,

    BeforeAndAfter,
}

public enum FeedForwardKind
{
    /// <summary>down(act(gate x) * up x) (arXiv:2002.05202).</summary>
    Gated,

    /// <summary>The same with gate and up in one matrix, in that order.</summary>
    GatedFused,

    /// <summary>down(act(up x)).</summary>
    Plain,
}

public enum ActivationKind
{
    Silu,

    /// <summary>x Phi(x), by the error function.</summary>
    Gelu,

    /// <summary>Its tanh approximation.</summary>
    GeluTanh,
}

/// <summary>What turns hidden states into logits.</summary>
public enum HeadKind
{
    Separate,

    /// <summary>The token embedding.</summary>
    Tied,

    /// <summary>Nothing: a reward model's body.</summary>
    None,
}
