using AlignService.Training.Prompts;

namespace AlignService.Training.Rewards;

/// <summary>A completion as a reward reads it.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Completion">Text without special tokens, cut before a stop string.</param>
/// <param name="TokenCount">Tokens sampled, end token included.</param>
/// <param name="Truncated">It ended at its limit of tokens.</param>
public sealed record ScoringRequest(Prompt Prompt, string Completion, int TokenCount, bool Truncated);
