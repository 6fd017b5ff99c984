using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Summed log-probs of both completions of preference pairs, [N] each, in nats.</summary>
public sealed record PreferenceLogProbs(Tensor Chosen, Tensor Rejected, Tensor ReferenceChosen, Tensor ReferenceRejected);
