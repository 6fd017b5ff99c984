using AlignService.Specs.Data;

namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A completion to score.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">Text without special tokens, cut before a stop string.</param>
/// <param name="TokenIds">Tokens sampled, end token included.</param>
/// <param name="Truncated">Whether it ended at its token limit.</param>
public sealed record ScoringRequest(Prompt Prompt, string Completion, IReadOnlyList<int> TokenIds, bool Truncated)
{
    /// <summary>Tokens sampled, end token included.</summary>
    public int TokenCount => TokenIds.Count;
}
