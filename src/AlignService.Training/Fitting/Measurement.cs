using static TorchSharp.torch;

namespace AlignService.Training.Fitting;

/// <summary>What an objective says of some examples.</summary>
/// <param name="Loss">Scalar: their share of the batch's loss; carries gradient.</param>
/// <param name="Values">[M, N] without gradient: for each measure, each example's sum; the mean is taken over the examples' weights.</param>
public sealed record Measurement(Tensor Loss, Tensor Values);
