using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Gguf;

/// <summary>The architectures of llama.cpp that compute what the known families compute.</summary>
internal static class GgufArchitectures
{
    private static readonly GgufArchitecture Llama = new("llama", "llama")
    {
        RotatesNeighbours = true,
        AllowedBiases = GgufBiases.All,
        HasFrequencyFactors = true,
    };

    private static readonly GgufArchitecture[] All =
    [
        Llama,
        Llama with { ModelType = "mistral" },
        new("qwen2", "qwen2") { AllowedBiases = GgufBiases.QueryKeyValue, HeadsFillWidth = true },
        new("qwen3", "qwen3"),
        new("smollm3", "smollm3") { RotatesNeighbours = true, PositionlessInterval = 4 },
        new("olmo2", "olmo2") { HeadsFillWidth = true, NeedsHead = true },
        new("gemma", "gemma") { Activation = ActivationKind.GeluTanh, IsAlwaysTied = true },
        new("gemma2", "gemma2") { Activation = ActivationKind.GeluTanh, IsAlwaysTied = true, WindowPeriod = 2, NeedsSoftcaps = true, LargestLayerCount = 46 },
        new("gemma3_text", "gemma3") { Activation = ActivationKind.GeluTanh, WindowPeriod = 6, LargestLayerCount = 62 },
        new("phi3", "phi3") { HeadsFillWidth = true, MayRotatePart = true, HasFrequencyFactors = true },
        new("gpt2", "gpt2") { Activation = ActivationKind.GeluTanh, AllowedBiases = GgufBiases.All, HeadsFillWidth = true },
        new("gpt_neox", "gptneox") { Activation = ActivationKind.Gelu, AllowedBiases = GgufBiases.All, HeadsFillWidth = true, MayRotatePart = true, NeedsHead = true, ApproximatesGelu = true },
    ];

    /// <exception cref="CheckpointException">llama.cpp has none for the family.</exception>
    internal static GgufArchitecture Of(TransformerConfig config) =>
        All.FirstOrDefault(architecture => architecture.ModelType == config.ModelType)
        ?? throw new CheckpointException(
            $"The family {config.ModelType} cannot be exported as GGUF; known to llama.cpp and written here: {string.Join(", ", All.Select(architecture => architecture.ModelType).Order(StringComparer.Ordinal))}. Export it as a Hugging Face directory (--format hf).");
}

/// <summary>What llama.cpp's code for an architecture can do. Everything else a configuration may ask for is refused, as it would be ignored there.</summary>
/// <param name="ModelType">config.json's `model_type`.</param>
/// <param name="Name">`general.architecture`, and the prefix of its keys.</param>
internal sealed record GgufArchitecture(string ModelType, string Name)
{
    /// <summary>Rotary positions turn elements 2k and 2k + 1 instead of k and k + d/2, so the rows of q and k are stored in another order.</summary>
    internal bool RotatesNeighbours { get; init; }

    internal GgufBiases AllowedBiases { get; init; } = GgufBiases.None;

    internal ActivationKind Activation { get; init; } = ActivationKind.Silu;

    /// <summary>GELU is always computed by the tanh approximation.</summary>
    internal bool ApproximatesGelu { get; init; }

    /// <summary>The heads together must be as wide as the model.</summary>
    internal bool HeadsFillWidth { get; init; }

    internal bool MayRotatePart { get; init; }

    /// <summary>A tied head is written a second time, as the head.</summary>
    internal bool NeedsHead { get; init; }

    /// <summary>There is no head of its own.</summary>
    internal bool IsAlwaysTied { get; init; }

    /// <summary>Of p blocks all but the last have the sliding window, unless the file says another p; null: there are no windows.</summary>
    internal int? WindowPeriod { get; init; }

    /// <summary>Scores and logits are capped, always.</summary>
    internal bool NeedsSoftcaps { get; init; }

    /// <summary>Every n-th block has no rotary positions; null: all have them.</summary>
    internal int? PositionlessInterval { get; init; }

    /// <summary>Frequencies may have a divisor each, as a tensor.</summary>
    internal bool HasFrequencyFactors { get; init; }

    /// <summary>A model with so many blocks scales its scores by the width per head, C / H, others by D. null: all by D.</summary>
    internal int? LargestLayerCount { get; init; }

    /// <summary>By what q must be multiplied, so that scores are scaled as the configuration says.</summary>
    internal double QueryFactor(TransformerConfig config)
    {
        double width = LargestLayerCount == config.Layers.Count ? config.HiddenSize / config.HeadCount : config.HeadDim;
        double factor = (config.AttentionScale ?? (1 / Math.Sqrt(config.HeadDim))) * Math.Sqrt(width);
        return Math.Abs(factor - 1) < 1e-6 ? 1 : factor;
    }

    /// <summary>p, of which all blocks but the last have the window; null: there is none such.</summary>
    internal static int? PeriodOf(TransformerConfig config)
    {
        int first = config.Layers.TakeWhile(layer => layer.SlidingWindow is not null).Count(), period = first + 1;
        return config.Layers.Select((layer, i) => (layer.SlidingWindow is not null) == (i % period < period - 1)).All(fits => fits) ? period : null;
    }

    /// <summary>Everything that a configuration asks for and this architecture does not compute.</summary>
    internal IEnumerable<string> Faults(TransformerConfig config)
    {
        if (HeadsFillWidth && config.HeadCount * config.HeadDim != config.HiddenSize)
        {
            yield return $"the heads are {config.HeadCount} x {config.HeadDim} wide together, and must be as wide as the model, {config.HiddenSize}";
        }

        if ((config.QueryKeyValueBias && !AllowedBiases.HasFlag(GgufBiases.QueryKeyValue))
            || (config.AttentionOutputBias && !AllowedBiases.HasFlag(GgufBiases.AttentionOutput))
            || (config.FeedForwardBias && !AllowedBiases.HasFlag(GgufBiases.FeedForward)))
        {
            yield return $"biases on these linear layers are not read (it reads: {AllowedBiases})";
        }

        if (config.Activation != Activation && !(ApproximatesGelu && config.Activation == ActivationKind.GeluTanh))
        {
            yield return $"the activation {config.Activation} is computed as {Activation}";
        }

        if (IsAlwaysTied && config.Head != HeadKind.Tied)
        {
            yield return "a head that is not the embedding is not read (tie_word_embeddings is false)";
        }

        foreach (string fault in CapFaults(config).Concat(PositionFaults(config)))
        {
            yield return fault;
        }
    }

    private IEnumerable<string> CapFaults(TransformerConfig config)
    {
        if (NeedsSoftcaps && (config.AttentionSoftcap is null || config.LogitSoftcap is null))
        {
            yield return "attn_logit_softcapping and final_logit_softcapping cannot be off";
        }

        if (!NeedsSoftcaps && (config.AttentionSoftcap ?? config.LogitSoftcap) is not null)
        {
            yield return "attn_logit_softcapping and final_logit_softcapping are not computed";
        }
    }

    private IEnumerable<string> PositionFaults(TransformerConfig config)
    {
        RopeConfig[] ropes = [.. config.Layers.Select(layer => layer.Rope).OfType<RopeConfig>().Distinct()];
        bool expected = config.LearnedPositions ? ropes.Length == 0 : PositionlessInterval is { } interval
            ? config.Layers.Select((layer, i) => (layer.Rope is null) == ((i + 1) % interval == 0)).All(fits => fits)
            : config.Layers.All(layer => layer.Rope is not null);
        if (!expected)
        {
            yield return PositionlessInterval is { } every ? $"every {every}th block has no rotary positions, and all others have them" : "all blocks have rotary positions";
        }

        if (!MayRotatePart && ropes.Any(rope => rope.RotaryDim != config.HeadDim))
        {
            yield return "only whole heads are rotated (partial_rotary_factor)";
        }

        if (!HasFrequencyFactors && ropes.Any(rope => rope.Scaling is Llama3RopeScaling or LongRopeScaling))
        {
            yield return "rope_type llama3 and longrope are not computed";
        }

        if (ropes.Length > (WindowPeriod is null ? 1 : 2))
        {
            yield return "all blocks have the same rotary positions";
        }

        if (WindowPeriod is not null && PeriodOf(config) is null)
        {
            yield return "of every so many blocks the last has full attention, and the others a sliding window (layer_types)";
        }
    }
}

/// <summary>Linear layers that may have biases.</summary>
[Flags]
internal enum GgufBiases
{
    None = 0,
    QueryKeyValue = 1,
    AttentionOutput = 2,
    FeedForward = 4,
    All = QueryKeyValue | AttentionOutput | FeedForward,
}
