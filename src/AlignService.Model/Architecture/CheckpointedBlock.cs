using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>
/// A transformer block that keeps its input alone and computes everything inside it a second time in the backward pass (activation checkpointing, arXiv:1604.06174).
/// The block's parameters take their gradients in that second pass, so they are no inputs of this function. The gradients are bit-equal to those of a plain pass: nothing in
/// a block depends on anything but its input, its parameters and the pass. There is a first derivative only.
/// </summary>
internal sealed class CheckpointedBlock : autograd.SingleTensorFunction<CheckpointedBlock>
{
    private const string BlockKey = "block";
    private const string PassKey = "pass";
    private const string IndexKey = "index";
    private const string NeedsGradientKey = "needs gradient";

    public override string Name => nameof(CheckpointedBlock);

    /// <param name="block">What to run.</param>
    /// <param name="input">[B, T, C].</param>
    /// <param name="pass">A pass that can be repeated.</param>
    /// <param name="index">Number of the block.</param>
    internal static Tensor Run(TransformerBlock block, Tensor input, ForwardPass pass, int index)
    {
        // The first block's input may need no gradient (its embedding is frozen), while its parameters do: the anchor puts the function into the graph.
        using Tensor anchor = zeros(1, requires_grad: true);
        return apply(input, anchor, block, pass, index);
    }

    /// <param name="ctx">Keeps what the backward pass reads.</param>
    /// <param name="vars">Input, anchor, block, pass, number of the block.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (input, block, pass, index) = ((Tensor)vars[0], (TransformerBlock)vars[2], (ForwardPass)vars[3], (int)vars[4]);
        bool needsGradient = input.requires_grad;
        ctx.save_for_backward([input]);
        ctx.save_data(BlockKey, block);
        ctx.save_data(PassKey, pass.Again);
        ctx.save_data(IndexKey, index);
        ctx.save_data(NeedsGradientKey, needsGradient);

        // With gradients on, although none is kept: some layers compute in another way without them.
        using var gradient = enable_grad();
        Tensor output = block.Apply(input.detach().requires_grad_(needsGradient), pass, index);
        return output.detach().MoveToOuterDisposeScope();
    }

    /// <param name="ctx">What the forward pass kept.</param>
    /// <param name="grad_output">[B, T, C].</param>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var (block, again, index) = ((TransformerBlock)ctx.get_data(BlockKey), (Func<ForwardPass>)ctx.get_data(PassKey), (int)ctx.get_data(IndexKey));
        using var gradient = enable_grad();
        Tensor input = ctx.get_saved_variables()[0].detach().requires_grad_((bool)ctx.get_data(NeedsGradientKey));
        Tensor output = block.Apply(input, again(), index);
        if (output.requires_grad)
        {
            output.backward([grad_output]);
        }

        return [input.grad?.MoveToOuterDisposeScope()!, null!, null!, null!, null!];
    }
}
