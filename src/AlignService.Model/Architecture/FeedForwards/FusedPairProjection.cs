using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>One matrix whose first half of rows is gate, the second up.</summary>
internal sealed class FusedPairProjection(LinearLayer both) : IPairProjection
{
    public (Tensor Gate, Tensor Up) Project(Tensor input)
    {
        Tensor[] halves = both.Apply(input).chunk(2, -1);
        return (halves[0], halves[1]);
    }
}
