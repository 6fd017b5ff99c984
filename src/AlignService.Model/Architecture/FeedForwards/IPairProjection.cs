using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>The two inner projections of a gated feed-forward layer.</summary>
internal interface IPairProjection
{
    (Tensor Gate, Tensor Up) Project(Tensor input);
}
