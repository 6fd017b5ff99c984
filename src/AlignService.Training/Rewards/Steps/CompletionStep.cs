namespace AlignService.Training.Rewards.Steps;

/// <summary>A step of a completion.</summary>
/// <param name="Text">Without the delimiter.</param>
/// <param name="End">Index of its last token among the completion's tokens, from 0: the one that completes the delimiter.</param>
public readonly record struct CompletionStep(string Text, int End);
