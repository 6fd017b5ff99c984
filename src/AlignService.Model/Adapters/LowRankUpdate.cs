using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Adapters;

/// <summary>What an adapter adds to one linear layer: scaling * B (A x).</summary>
/// <param name="down">A [rank, in].</param>
/// <param name="up">B [out, rank].</param>
/// <param name="scaling">Factor.</param>
/// <param name="dropout">Of A's inputs; shared by the adapter's layers.</param>
/// <param name="layer">Keys the masks.</param>
internal sealed class LowRankUpdate(Parameter down, Parameter up, double scaling, AdapterDropout dropout, string layer)
{
    internal Parameter Down => down;

    internal Parameter Up => up;

    /// <summary>Adds the layer's share to its fresh output, in place.</summary>
    /// <param name="output">[..., out] without this update.</param>
    /// <param name="input">[..., in] of the layer.</param>
    internal Tensor AddTo(Tensor output, Tensor input) => output.add_(nn.functional.linear(Project(input), up).to(output.dtype));

    /// <summary>scaling * A x, [..., rank], in the adapter's dtype: what B multiplies.</summary>
    internal Tensor Project(Tensor input) => nn.functional.linear(dropout.Apply(input.to(down.dtype), layer), down) * scaling;

    /// <summary>Rows of scaling * B A, [count, in], in the adapter's dtype.</summary>
    internal Tensor DeltaRows(long firstRow, long count) => up.narrow(0, firstRow, count).matmul(down).mul_(scaling);
}
