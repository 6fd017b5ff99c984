using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.LogProbs;

/// <summary>
/// Log-probs of given tokens and entropies of their distributions, from hidden states: chunk by chunk, forward and backward, so no [N, V] tensor ever exists.
/// </summary>
/// <param name="Values">[N] log softmax(logits / temperature) at the tokens, in nats; float32 or float64, carries gradient.</param>
/// <param name="Entropies">[N] entropies of the same distributions over the full vocabulary, in nats; carries gradient.</param>
public sealed record SelectedLogProbs(Tensor Values, Tensor Entropies)
{
    /// <summary>Bytes of logits that exist at once.</summary>
    private const long ChunkBytes = 32L << 20;

    /// <summary>With the head of a model, and its cap on logits where it has one.</summary>
    /// <param name="model">Borrowed; its head carries gradient unless frozen.</param>
    /// <param name="hidden">[N, C] states after the final norm; carries gradient.</param>
    /// <param name="tokens">[N] int64.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    public static SelectedLogProbs Compute(Transformer model, Tensor hidden, Tensor tokens, double temperature)
    {
        using var scope = NewDisposeScope();
        (Tensor states, Tensor headWeight) = model.Head.Factors(hidden);
        SelectedLogProbs computed = Compute(states, headWeight, tokens, new LogitShape(temperature, model.Config.LogitSoftcap, ChunkRows(headWeight)));
        return new(computed.Values.MoveToOuterDisposeScope(), computed.Entropies.MoveToOuterDisposeScope());
    }

    /// <param name="hidden">[N, C]; carries gradient.</param>
    /// <param name="headWeight">[V, C] weight of the language-model head; carries gradient unless frozen.</param>
    /// <param name="tokens">[N] int64.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    public static SelectedLogProbs Compute(Tensor hidden, Tensor headWeight, Tensor tokens, double temperature) =>
        Compute(hidden, headWeight, tokens, new LogitShape(temperature, null, ChunkRows(headWeight)));

    /// <summary>The same with a given number of rows per chunk, which affects the result only by rounding.</summary>
    internal static SelectedLogProbs Compute(Tensor hidden, Tensor headWeight, Tensor tokens, LogitShape shape)
    {
        using var scope = NewDisposeScope();

        // The states are smaller than the logits, and dividing them gives the same product.
        Tensor scaled = Widen(hidden) / shape.StateDivisor;
        Tensor results = ChunkedLogProbs.apply(scaled, headWeight.requires_grad ? Widen(headWeight) : headWeight, tokens, shape.ToTensor());
        return new(results.select(0, 0).MoveToOuterDisposeScope(), results.select(0, 1).MoveToOuterDisposeScope());
    }

    private static int ChunkRows(Tensor headWeight) => (int)Math.Clamp(ChunkBytes / (sizeof(float) * headWeight.size(0)), 16, 1 << 16);

    private static Tensor Widen(Tensor values) => values.dtype == ScalarType.Float64 ? values : values.to(ScalarType.Float32);
}
