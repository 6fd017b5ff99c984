using AlignService.Training.Batches;

namespace AlignService.Training.RewardModeling;

/// <summary>Two completions of one prompt, of which the first is preferred.</summary>
/// <param name="Chosen">With its end token.</param>
/// <param name="Rejected">With its end token.</param>
/// <param name="Margin">By how much the chosen's score should lead.</param>
public sealed record PreferencePair(TokenSequence Chosen, TokenSequence Rejected, double Margin = 0);
