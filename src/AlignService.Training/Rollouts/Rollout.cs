using System.Text.Json.Serialization;
using AlignService.Model.Sampling;
using AlignService.Specs.Examples;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Training.Rollouts;

/// <summary>One completion of a prompt, with what the reward sources said about it.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Completion">What was sampled.</param>
/// <param name="Scores">[K], one per source; NaN is "no score".</param>
public sealed record Rollout(EncodedPrompt Prompt, Completion Completion, IReadOnlyList<double> Scores)
{
    /// <summary>[K] scores of the completion's segments, one list per source; null where a source scored the whole only. Empty where none scored segments. Checkpoints know them as steps.</summary>
    [JsonPropertyName("steps")]
    public IReadOnlyList<IReadOnlyList<SegmentScore>?> Segments { get; init; } = [];

    /// <summary>It ended at its limit of tokens.</summary>
    [JsonIgnore]
    public bool IsTruncated => Completion.FinishReason == FinishReason.Length;

    [JsonIgnore]
    public TokenSequence Sequence => new(Prompt.Ids, Completion.TokenIds);

    public ScoringRequest ToScoringRequest() => new(Prompt.Prompt, Completion.Text, Completion.TokenIds, IsTruncated);
}

/// <summary>The rollouts of one prompt.</summary>
/// <param name="Rollouts">[G].</param>
/// <param name="Step">The step whose weights sampled them; an earlier one than the current where dynamic sampling had some left over.</param>
internal sealed record RolloutGroup(IReadOnlyList<Rollout> Rollouts, int Step);
