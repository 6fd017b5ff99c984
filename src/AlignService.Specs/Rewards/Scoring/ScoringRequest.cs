using AlignService.Specs.Data;

namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A completion as a reward reads it.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Completion">Text without special tokens, cut before a stop string.</param>
/// <param name="TokenIds">Tokens sampled, end token included.</param>
/// <param name="Truncated">It ended at its limit of tokens.</param>
public sealed record ScoringRequest(Prompt Prompt, string Completion, IReadOnlyList<int> TokenIds, bool Truncated)
{
    /// <summary>Tokens sampled, end token included.</summary>
    public int TokenCount => TokenIds.Count;
}
