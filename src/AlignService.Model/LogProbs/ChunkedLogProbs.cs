using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.LogProbs;

/// <summary>
/// The autograd function of <see cref="SelectedLogProbs"/>. The forward pass keeps two numbers per row; the backward pass recomputes each chunk's logits.
/// With z the logits, p = softmax(z), y the token and H the entropy: d log p_y / dz = 1_y - p and dH / dz = -p (log p + H).
/// One output with two rows, not two outputs: TorchSharp cannot run a backward pass in which one of several outputs is unused.
/// </summary>
internal sealed class ChunkedLogProbs : autograd.SingleTensorFunction<ChunkedLogProbs>
{
    public override string Name => nameof(ChunkedLogProbs);

    /// <param name="ctx">Keeps what the backward pass reads.</param>
    /// <param name="vars">Divided hidden states [N, C], head weight [V, C], tokens [N], the logits' shape.</param>
    /// <returns>[2, N]: log-probs, entropies.</returns>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var noGrad = no_grad();
        var (hidden, headWeight, tokens, kept) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        LogitShape shape = LogitShape.Of(kept);
        long rowCount = hidden.size(0);
        Tensor result = empty(2, rowCount, dtype: hidden.dtype, device: hidden.device);
        Tensor logProbs = result.select(0, 0), entropies = result.select(0, 1);
        Tensor normalizers = empty(rowCount, dtype: hidden.dtype, device: hidden.device);
        foreach ((long start, long count) in Chunks(rowCount, shape.ChunkRows))
        {
            using var scope = NewDisposeScope();
            Tensor logits = shape.Finish(HeadProduct.Of(hidden.narrow(0, start, count), headWeight)); // [n, V]
            Tensor normalizer = logits.logsumexp(-1, keepdim: true);
            Tensor logDistribution = logits.sub_(normalizer);
            logProbs.narrow(0, start, count).copy_(logDistribution.gather(1, tokens.narrow(0, start, count).unsqueeze(1)).squeeze(1));
            entropies.narrow(0, start, count).copy_(logDistribution.exp().mul_(logDistribution).sum(1).neg_());
            normalizers.narrow(0, start, count).copy_(normalizer.squeeze(1));
        }

        ctx.save_for_backward([hidden, headWeight, tokens, kept, normalizers, entropies.clone()]);
        return result;
    }

    /// <param name="ctx">What the forward pass kept.</param>
    /// <param name="grad_output">[2, N] gradients of log-probs and entropies.</param>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        var (hidden, headWeight, tokens) = (saved[0], saved[1], saved[2]);
        LogitShape shape = LogitShape.Of(saved[3]);
        var (normalizers, entropies) = (saved[4], saved[5]);
        Tensor logProbGradient = grad_output.select(0, 0);
        Tensor? entropyGradient = grad_output.select(0, 1).count_nonzero().item<long>() > 0 ? grad_output.select(0, 1) : null;

        Tensor hiddenGradient = empty_like(hidden);
        Tensor? headGradient = headWeight.requires_grad ? zeros_like(headWeight) : null;
        foreach ((long start, long count) in Chunks(hidden.size(0), shape.ChunkRows))
        {
            using var chunkScope = NewDisposeScope();
            Tensor Chunk(Tensor rows) => rows.narrow(0, start, count);
            Tensor states = Chunk(hidden);
            Tensor logits = shape.Finish(HeadProduct.Of(states, headWeight)); // [n, V]
            Tensor logDistribution = shape.Softcap is null ? logits.sub_(Chunk(normalizers).unsqueeze(1)) : logits - Chunk(normalizers).unsqueeze(1);
            Tensor ofLogProb = Chunk(logProbGradient).unsqueeze(1); // [n, 1]
            Tensor logitGradient = entropyGradient is null
                ? logDistribution.exp_().mul_(-ofLogProb)
                : logDistribution.exp().mul_(-ofLogProb - Chunk(entropyGradient).unsqueeze(1) * (logDistribution + Chunk(entropies).unsqueeze(1)));
            logitGradient.scatter_add_(1, Chunk(tokens).unsqueeze(1), ofLogProb.contiguous());
            shape.BackPropagate(logitGradient, logits);

            Chunk(hiddenGradient).copy_(HeadProduct.StatesGradient(logitGradient, headWeight));
            headGradient?.addmm_(logitGradient.t(), states);
        }

        return [hiddenGradient.MoveToOuterDisposeScope(), headGradient?.MoveToOuterDisposeScope()!, null!, null!]; // null: no gradient, as libtorch has it
    }

    private static IEnumerable<(long Start, long Count)> Chunks(long rowCount, long chunkRows)
    {
        for (long start = 0; start < rowCount; start += chunkRows)
        {
            yield return (start, Math.Min(chunkRows, rowCount - start));
        }
    }
}

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

/// <summary>How states become logits, apart from the head: z / temperature, or cap tanh(z / cap) / temperature; and how many rows at a time.</summary>
/// <param name="Temperature">Above 0.</param>
/// <param name="Softcap">Null is off.</param>
/// <param name="ChunkRows">1 or more.</param>
internal readonly record struct LogitShape(double Temperature, double? Softcap, long ChunkRows)
{
    /// <summary>Divisor of the states before the head: the head is linear, the cap is not.</summary>
    public double StateDivisor => Softcap ?? Temperature;

    /// <summary>As a tensor: autograd functions can only keep tensors.</summary>
    public Tensor ToTensor() => tensor([Temperature, Softcap ?? 0, ChunkRows], ScalarType.Float64);

    public static LogitShape Of(Tensor kept)
    {
        double[] values = kept.data<double>().ToArray();
        return new(values[0], values[1] == 0 ? null : values[1], (long)values[2]);
    }

    /// <summary>Logits of divided states, [n, V]; in place.</summary>
    public Tensor Finish(Tensor product) => Softcap is double cap ? product.tanh_().mul_(cap / Temperature) : product;

    /// <summary>From the gradient of the logits to that of the product, in place; a tanh is 1 - (z temperature / cap)^2 steep.</summary>
    public void BackPropagate(Tensor gradient, Tensor logits)
    {
        if (Softcap is double cap)
        {
            double scale = Temperature / cap;
            gradient.mul_((1 - (logits * scale).pow_(2)).mul_(1 / scale));
        }
    }
}
