using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Inspection;

namespace AlignService.Specs.Sizing;

/// <summary>
/// Memory that a model needs on a CPU in float32, counted from its shape (docs/benchmarks.md compares it with measured peaks). P parameters take 4 P bytes;
/// training adds 4 P of gradients and 8 P of AdamW's moments, the KL term 4 P of reference weights, the vectorized sampler 4 P of packed weights.
/// PPO's critic is trained like another policy, but is not sampled from. A low-rank adapter of p parameters takes 16 p plus one copy of the base, which is also the reference.
/// </summary>
/// <param name="Length">Tokens per sequence.</param>
/// <param name="FullTraining">GRPO over all weights with a KL term.</param>
/// <param name="CriticTraining">PPO over all weights, with a critic of the policy's size and a KL term.</param>
/// <param name="AdapterTraining">GRPO over a low-rank adapter.</param>
/// <param name="Sampling">Sampling alone.</param>
public sealed record MemoryEstimate(int Length, MemoryNeed FullTraining, MemoryNeed CriticTraining, MemoryNeed AdapterTraining, MemoryNeed Sampling)
{
    /// <summary>Resident size of the process with libtorch loaded and no model.</summary>
    private const long RuntimeBytes = 190_000_000;

    /// <summary>Rows of logits that are computed at once, and their copies in a chunk's forward and backward pass.</summary>
    private const long LogitRows = 256, LogitCopies = 3;

    /// <summary>Limit of plausible configurations.</summary>
    private const long MostParameters = 100_000_000_000_000;

    private const int Float = sizeof(float);

    /// <summary>null: it is an adapter without its base, or a reward model, which a job only scores with.</summary>
    public static MemoryEstimate? Of(ModelReport report, MemoryAssumptions assumptions)
    {
        if (report is not { Kind: ModelKind.LanguageModel, Config: { } config, ParameterCount: <= MostParameters })
        {
            return null;
        }

        long weights = Float * report.ParameterCount;
        long adapter = Float * LinearLayers.AdapterParameterCount(config, assumptions.AdapterRank);
        int length = Math.Min(assumptions.Length, config.MaxPositions);
        var sampling = new MemoryNeed
        {
            Weights = weights,
            SamplerWeights = report.HasVectorizedDecoder ? weights : 0,
            KeyValueCache = (long)assumptions.Rows * length * CacheBytesPerToken(config),
            Runtime = RuntimeBytes,
        };
        MemoryNeed training = sampling with { Activations = Activations(config, assumptions.Rows, length) };
        return new MemoryEstimate(
            length,
            training with { ReferenceWeights = weights, Gradients = weights, OptimizerState = 2 * weights },
            training with { Weights = 2 * weights, ReferenceWeights = weights, Gradients = 2 * weights, OptimizerState = 4 * weights },
            training with { Weights = weights + adapter, Gradients = adapter, OptimizerState = 2 * adapter },
            sampling);
    }

    /// <summary>A micro-batch takes as many rows as fit 4 GiB, but at least one; a small machine's share is smaller.</summary>
    private static long Activations(TransformerConfig config, long rows, long length)
    {
        long row = length * ActivationMemory.BytesPerToken(config);
        long held = Math.Max(row, Math.Min(rows * row, ActivationMemory.Largest));
        return held + (LogitRows * LogitCopies * config.VocabSize * Float);
    }

    private static long CacheBytesPerToken(TransformerConfig config) => 2L * Float * config.Layers.Count * config.KeyValueHeadCount * config.HeadDim;
}
