using static TorchSharp.torch;

namespace AlignService.Model.LogProbs;

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
