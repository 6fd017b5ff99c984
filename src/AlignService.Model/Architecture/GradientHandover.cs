using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>
/// The gradient on its way down through the blocks of one pass. What a hand-written backward pass returns stays alive in the caller's scope, a tensor a block; here each goes as soon as
/// the next is there.
/// </summary>
internal sealed class GradientHandover
{
    private Tensor? _last;

    /// <param name="received">The gradient that this block got; it is used up.</param>
    /// <param name="passedOn">The one that it returns; null: none.</param>
    internal Tensor? Next(Tensor received, Tensor? passedOn)
    {
        received.Dispose();
        _last?.Dispose();
        return _last = passedOn?.MoveToOuterDisposeScope();
    }
}
