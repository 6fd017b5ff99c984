using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Gguf;

/// <summary>Writes a configuration as the keys that llama.cpp reads of an architecture.</summary>
internal static class GgufModel
{
    /// <param name="config">What the model computes.</param>
    /// <param name="architecture">Can compute it.</param>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="findings">Receives what is computed a little differently.</param>
    internal static void AddTo(GgufMetadata metadata, TransformerConfig config, GgufArchitecture architecture, List<string> findings)
    {
        string prefix = architecture.Name;
        metadata.Add($"{prefix}.vocab_size", config.VocabSize);
        metadata.Add($"{prefix}.context_length", ContextLength(config, architecture, findings));
        metadata.Add($"{prefix}.embedding_length", config.HiddenSize);
        metadata.Add($"{prefix}.block_count", config.Layers.Count);
        metadata.Add($"{prefix}.feed_forward_length", config.IntermediateSize);
        metadata.Add($"{prefix}.attention.head_count", config.HeadCount);
        metadata.Add($"{prefix}.attention.head_count_kv", config.KeyValueHeadCount);
        metadata.Add($"{prefix}.attention.key_length", config.HeadDim);
        metadata.Add($"{prefix}.attention.value_length", config.HeadDim);
        metadata.Add(config.Norm == NormKind.Layer ? $"{prefix}.attention.layer_norm_epsilon" : $"{prefix}.attention.layer_norm_rms_epsilon", config.NormEpsilon);
        AddSpecialties(metadata, prefix, config, findings);
        AddRope(metadata, prefix, config, findings);
        if (architecture.WindowPeriod is { } usual)
        {
            AddWindow(metadata, prefix, config, usual, findings);
        }
    }

    private static void AddWindow(GgufMetadata metadata, string prefix, TransformerConfig config, int usual, List<string> findings)
    {
        // A window as long as the context is none.
        metadata.Add($"{prefix}.attention.sliding_window", config.Layers.Select(layer => layer.SlidingWindow).OfType<int>().FirstOrDefault(config.MaxPositions));
        if (GgufArchitecture.PeriodOf(config) is { } period && period != usual)
        {
            metadata.Add($"{prefix}.attention.sliding_window_pattern", period);
            findings.Add($"One block in {period} has full attention; versions of llama.cpp that do not read {prefix}.attention.sliding_window_pattern take one in {usual}.");
        }
    }

    /// <summary>A model whose windows the architecture does not know gives the same up to the window's length, so that becomes the context's.</summary>
    private static int ContextLength(TransformerConfig config, GgufArchitecture architecture, List<string> findings)
    {
        int? window = architecture.WindowPeriod is null ? config.Layers.Select(layer => layer.SlidingWindow).Min() : null;
        if (window is null || window >= config.MaxPositions)
        {
            return config.MaxPositions;
        }

        findings.Add($"llama.cpp has no sliding window for {architecture.Name}: the context is set to the window's {window} tokens, up to which nothing differs, instead of {config.MaxPositions}.");
        return window.Value;
    }

    private static void AddSpecialties(GgufMetadata metadata, string prefix, TransformerConfig config, List<string> findings)
    {
        if (config.AttentionSoftcap is { } scoreCap)
        {
            metadata.Add($"{prefix}.attn_logit_softcapping", scoreCap);
        }

        if (config.LogitSoftcap is { } logitCap)
        {
            metadata.Add($"{prefix}.final_logit_softcapping", logitCap);
        }

        if (config.QueryKeyValueLayout == QueryKeyValueLayout.HeadByHead)
        {
            metadata.Add($"{prefix}.use_parallel_residual", config.ParallelResidual);
        }

        if (config.Activation == ActivationKind.Gelu)
        {
            findings.Add("llama.cpp computes GELU by its tanh approximation, the model by the error function: log-probs differ by some thousandths.");
        }
    }

    private static void AddRope(GgufMetadata metadata, string prefix, TransformerConfig config, List<string> findings)
    {
        if (config.Layers.FirstOrDefault(layer => layer is { Rope: not null, SlidingWindow: null })?.Rope is not { } rope)
        {
            rope = config.Layers.Select(layer => layer.Rope).OfType<RopeConfig>().FirstOrDefault();
        }

        if (rope is null)
        {
            return;
        }

        metadata.Add($"{prefix}.rope.dimension_count", rope.RotaryDim);
        metadata.Add($"{prefix}.rope.freq_base", rope.Theta);
        if (config.Layers.Select(layer => layer.Rope).FirstOrDefault(other => other is not null && other != rope) is { } windowed)
        {
            metadata.Add($"{prefix}.rope.freq_base_swa", windowed.Theta);
        }

        AddScaling(metadata, $"{prefix}.rope.scaling", rope.Scaling, findings);
    }

    private static void AddScaling(GgufMetadata metadata, string prefix, RopeScaling? scaling, List<string> findings)
    {
        switch (scaling)
        {
            case LinearRopeScaling linear:
                metadata.Add($"{prefix}.type", "linear");
                metadata.Add($"{prefix}.factor", linear.Factor);
                break;
            case YarnRopeScaling yarn:
                metadata.Add($"{prefix}.type", "yarn");
                metadata.Add($"{prefix}.factor", yarn.Factor);
                metadata.Add($"{prefix}.original_context_length", (int)yarn.OriginalLength);
                metadata.Add($"{prefix}.yarn_beta_fast", yarn.BetaFast);
                metadata.Add($"{prefix}.yarn_beta_slow", yarn.BetaSlow);

                // llama.cpp multiplies by the factor of the paper itself.
                metadata.Add($"{prefix}.attn_factor", yarn.AttentionFactor / (1 + (0.1 * Math.Log(yarn.Factor))));
                break;
            case LongRopeScaling longRope:
                metadata.Add($"{prefix}.type", "longrope");
                metadata.Add($"{prefix}.original_context_length", (int)longRope.OriginalLength);
                metadata.Add($"{prefix}.attn_factor", longRope.AttentionFactor);
                findings.Add($"llama.cpp chooses the long or short rotary factors by the context it is started with, not by the text's length: up to {longRope.OriginalLength} tokens start it with --ctx-size {longRope.OriginalLength}.");
                break;
        }
    }
}
