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
