using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>The critic's loss: squared error of the value, clipped around the value at sampling time (arXiv:1707.06347).</summary>
internal static class ValueLoss
{
    /// <param name="values">[B, T]; carries gradient.</param>
    /// <param name="oldValues">[B, T] when the rollouts were made.</param>
    /// <param name="returns">[B, T].</param>
    /// <param name="mask">[B, T] bool.</param>
    /// <param name="bounds">How far a value may move, and the token count of the whole minibatch.</param>
    /// <returns>This micro-batch's share of 0.5 * mean of the larger of the two squared errors.</returns>
    public static Tensor Compute(Tensor values, Tensor oldValues, Tensor returns, Tensor mask, (double ValueClip, int TokenCount) bounds)
    {
        using var scope = NewDisposeScope();
        Tensor clipped = oldValues + (values - oldValues).clamp(-bounds.ValueClip, bounds.ValueClip);
        Tensor error = maximum((values - returns).square(), (clipped - returns).square());
        Tensor masked = where(mask, error, zeros(1, dtype: error.dtype, device: error.device));
        return (0.5 * masked.sum() / Math.Max(1, bounds.TokenCount)).MoveToOuterDisposeScope();
    }
}
