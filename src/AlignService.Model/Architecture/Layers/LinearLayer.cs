using AlignService.Model.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Layers;

/// <summary>y = W x + b, and what an adapter adds to it. A weight that is held in a narrower dtype than the model computes in is widened during the product.</summary>
/// <param name="weight">[out, in], or [in, out] where <paramref name="transposed"/>.</param>
/// <param name="bias">[out] or null.</param>
/// <param name="transposed">The layout of the weight.</param>
/// <param name="update">The active adapter's; null: none.</param>
internal sealed class LinearLayer(Tensor weight, Tensor? bias, bool transposed = false, LowRankUpdate? update = null)
{
    internal Tensor Apply(Tensor input)
    {
        Tensor output = Base(input);
        return update is null ? output : update.AddTo(output, input);
    }

    private Tensor Base(Tensor input)
    {
        if (weight.dtype == input.dtype)
        {
            return Multiply(input, weight);
        }

        using Tensor widened = weight.to(input.dtype);
        return Multiply(input, widened);
    }

    private Tensor Multiply(Tensor input, Tensor matrix)
    {
        if (!transposed)
        {
            return nn.functional.linear(input, matrix, bias);
        }

        Tensor product = input.matmul(matrix);
        return bias is null ? product : product + bias;
    }
}

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

    /// <summary>Adds this update to the layer's output, in place.</summary>
    /// <param name="output">[..., out] without this update.</param>
    /// <param name="input">[..., in] of the layer.</param>
    internal Tensor AddTo(Tensor output, Tensor input) => output.add_(nn.functional.linear(Project(input), up).to(output.dtype));

    /// <summary>scaling * A x, [..., rank], in the adapter's dtype: what B multiplies.</summary>
    internal Tensor Project(Tensor input) => nn.functional.linear(dropout.Apply(input.to(down.dtype), layer), down) * scaling;

    /// <summary>Rows of scaling * B A, [count, in], in the adapter's dtype.</summary>
    internal Tensor DeltaRows(long firstRow, long count) => up.narrow(0, firstRow, count).matmul(down).mul_(scaling);
}

/// <summary>
/// Dropout of an adapter's inputs, in training passes only. A mask is a function of the pass's key and the layer's name, so a pass can be recomputed and a resumed run draws the same masks.
/// It is drawn on the CPU whatever the device: masks are the same everywhere, and TorchSharp only has CPU generators.
/// </summary>
internal sealed class AdapterDropout(double probability)
{
    /// <summary>Key of the current training pass; null: evaluation, nothing is dropped.</summary>
    internal ulong? PassKey { get; set; }

    /// <summary>Zeroes a share of the values and scales the others to keep the mean.</summary>
    internal Tensor Apply(Tensor input, string layer)
    {
        if (probability == 0 || PassKey is not { } key)
        {
            return input;
        }

        using var generator = new Generator(new CounterBits(key, layer)[0], CPU);
        Tensor mask = empty_like(input, device: CPU, requires_grad: false).bernoulli_(1 - probability, generator).div_(1 - probability);
        return input * mask.to(input.device);
    }
}
