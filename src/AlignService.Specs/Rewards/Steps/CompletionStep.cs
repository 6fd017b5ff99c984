namespace AlignService.Specs.Rewards.Steps;

/// <summary>A step of a completion.</summary>
/// <param name="Text">Without what ends it.</param>
/// <param name="End">Index of its last token among the completion's tokens, from 0.</param>
/// <param name="IsEnded">False for what stands behind the last end of a step.</param>
public readonly record struct CompletionStep(string Text, int End, bool IsEnded);
