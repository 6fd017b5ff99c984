using AlignService.Testing;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Architecture;

/// <summary>Central differences of a scalar function of tensors in float64, against the gradients that autograd left in them.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <summary>Of the larger of 1 and the gradient: the differences themselves are good to Step squared and to 1e-16 / Step.</summary>
    private const double Tolerance = 1e-7;

    /// <param name="what">For messages.</param>
    /// <param name="tensor">Holds its gradient; some of its numbers are moved and put back.</param>
    /// <param name="count">Numbers to check, spread over the tensor.</param>
    /// <param name="loss">The function, without gradient.</param>
    internal static void Check(string what, Tensor tensor, int count, Func<double> loss)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor values = tensor.view(-1);
        double[] gradient = [.. tensor.grad!.contiguous().view(-1).data<double>()];
        long stride = Math.Max(1, gradient.Length / count);
        for (long i = 0; i < gradient.Length; i += stride)
        {
            double here = values[i].item<double>();
            double above = At(here + Step), below = At(here - Step);
            values[i].fill_(here);
            GoldenAssert.Absolute(what, $"gradient {i}", (above - below) / (2 * Step), gradient[i], Tolerance * Math.Max(1, Math.Abs(gradient[i])));

            double At(double value)
            {
                values[i].fill_(value);
                return loss();
            }
        }
    }
}
