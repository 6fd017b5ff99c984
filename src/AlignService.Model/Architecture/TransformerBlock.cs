using AlignService.Model.Architecture.Attention;
using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>Attention and feed-forward layer on the residual stream; a null norm is absent.</summary>
internal sealed class TransformerBlock
{
    internal required CausalSelfAttention Attention { get; init; }

    internal required IFeedForward FeedForward { get; init; }

    internal INorm? NormBeforeAttention { get; init; }

    internal INorm? NormAfterAttention { get; init; }

    internal INorm? NormBeforeFeedForward { get; init; }

    internal INorm? NormAfterFeedForward { get; init; }

    /// <summary>Both layers read the block's input.</summary>
    internal bool Parallel { get; init; }

    /// <param name="input">[B, T, C].</param>
    /// <param name="pass">Positions, masks and cache of this forward pass.</param>
    /// <param name="index">Number of the block.</param>
    internal Tensor Apply(Tensor input, ForwardPass pass, int index)
    {
        Heartbeat.Beat();
        using var scope = NewDisposeScope();
        Tensor attended = input + Through(NormAfterAttention, Attention.Apply(Through(NormBeforeAttention, input), pass, index));
        Tensor source = Parallel ? input : attended;
        Tensor output = attended + Through(NormAfterFeedForward, FeedForward.Apply(Through(NormBeforeFeedForward, source)));
        return output.MoveToOuterDisposeScope();
    }

    private static Tensor Through(INorm? norm, Tensor value) => norm?.Apply(value) ?? value;
}

/// <summary>
/// A transformer block that keeps only its input and recomputes everything else in the backward pass (activation checkpointing, arXiv:1604.06174).
/// The block's parameters get their gradients in that second pass, so they are not inputs of this function. The gradients are bit-identical to those of a plain pass: nothing in
/// a block depends on anything but its input, its parameters, the pass and the adapter's key. There is a first derivative only.
/// </summary>
internal sealed class CheckpointedBlock : autograd.SingleTensorFunction<CheckpointedBlock>
{
    private const string AgainKey = "again";
    private const string HandoverKey = "handover";
    private const string NeedsGradientKey = "needs gradient";

    public override string Name => nameof(CheckpointedBlock);

    /// <param name="block">The block to run.</param>
    /// <param name="input">[B, T, C].</param>
    /// <param name="pass">A pass that can be repeated.</param>
    /// <param name="index">Number of the block.</param>
    /// <param name="adapter">The active adapter; null: none.</param>
    internal static Tensor Run(TransformerBlock block, Tensor input, ForwardPass pass, int index, LowRankAdapter? adapter)
    {
        (Func<ForwardPass> repeat, ulong? key) = (pass.Again, adapter?.PassKey);
        Tensor First(Tensor input) => block.Apply(input, pass, index);
        Tensor Again(Tensor input) => WithKey(adapter, key, () => block.Apply(input, repeat(), index));

        // The first block's input may need no gradient (its embedding is frozen), while its parameters do: the anchor puts the function into the graph.
        using Tensor anchor = zeros(1, device: input.device, requires_grad: true);
        return apply(input, anchor, (Func<Tensor, Tensor>)First, (Func<Tensor, Tensor>)Again, pass.Handover);
    }

    /// <param name="ctx">Keeps what the backward pass reads.</param>
    /// <param name="vars">Input, anchor, the block now, the block again, the gradient relay.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (input, first) = ((Tensor)vars[0], (Func<Tensor, Tensor>)vars[2]);
        bool needsGradient = input.requires_grad;
        ctx.save_for_backward([input]);
        ctx.save_data(AgainKey, vars[3]);
        ctx.save_data(HandoverKey, vars[4]);
        ctx.save_data(NeedsGradientKey, needsGradient);

        // With gradients on, although none is kept: some layers compute in another way without them.
        using var gradient = enable_grad();
        Tensor output = first(input.detach().requires_grad_(needsGradient));
        return output.detach().MoveToOuterDisposeScope();
    }

    /// <param name="ctx">What the forward pass kept.</param>
    /// <param name="grad_output">[B, T, C].</param>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        Tensor input = ctx.get_saved_variables()[0].detach().requires_grad_((bool)ctx.get_data(NeedsGradientKey));
        Tensor output = ((Func<Tensor, Tensor>)ctx.get_data(AgainKey))(input);
        if (output.requires_grad)
        {
            output.backward([grad_output]);
        }

        return [((GradientHandover)ctx.get_data(HandoverKey)).Next(grad_output, input.grad)!, null!, null!, null!, null!]; // null: no gradient, as libtorch has it
    }

    /// <summary>The key decides what dropout drops; use that of the first run, whatever it is now.</summary>
    private static Tensor WithKey(LowRankAdapter? adapter, ulong? key, Func<Tensor> run)
    {
        if (adapter is null)
        {
            return run();
        }

        ulong? now = adapter.PassKey;
        adapter.PassKey = key;
        try
        {
            return run();
        }
        finally
        {
            adapter.PassKey = now;
        }
    }
}
