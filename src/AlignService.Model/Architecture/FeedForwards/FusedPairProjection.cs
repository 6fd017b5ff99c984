using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>One matrix whose first half of rows is gate, the second up.</summary>
internal sealed class FusedPairProjection(LinearLayer both) : IPairProjection
{
    public (Tensor Gate, Tensor Up) Project(Tensor input)
    {
        Tensor whole = both.Apply(input);
        long half = whole.size(-1) / 2;
        return (whole.narrow(-1, 0, half), whole.narrow(-1, half, half));
    }
}
