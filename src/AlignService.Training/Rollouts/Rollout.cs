using System.Text.Json.Serialization;
using AlignService.Model.Sampling;
using AlignService.Specs.Examples;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Batches;

namespace AlignService.Training.Rollouts;

/// <summary>One completion of a prompt, with the reward sources' scores.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Scores">[K], one per source; NaN is "no score".</param>
public sealed record Rollout(EncodedPrompt Prompt, Completion Completion, IReadOnlyList<double> Scores)
{
    /// <summary>[K] scores of the completion's segments, one list per source; null where a source scored only the whole. Empty where none scored segments. Called steps in checkpoints.</summary>
    [JsonPropertyName("steps")]
    public IReadOnlyList<IReadOnlyList<SegmentScore>?> Segments { get; init; } = [];

    /// <summary>Whether it ended at its token limit.</summary>
    [JsonIgnore]
    public bool IsTruncated => Completion.FinishReason == FinishReason.Length;

    [JsonIgnore]
    public TokenSequence Sequence => new(Prompt.Ids, Completion.TokenIds);

    public ScoringRequest ToScoringRequest() => new(Prompt.Prompt, Completion.Text, Completion.TokenIds, IsTruncated);
}

/// <summary>The rollouts of one prompt.</summary>
/// <param name="Rollouts">[G].</param>
/// <param name="Step">The step whose weights sampled them; earlier than the current one where dynamic sampling had groups left over.</param>
internal sealed record RolloutGroup(IReadOnlyList<Rollout> Rollouts, int Step);

/// <summary>
/// The endless sequence of a run's prompts: every prompt once per epoch, in an order that depends only on the seed and the epoch, so a position is all that a
/// checkpoint has to keep.
/// </summary>
internal sealed class PromptSequence(IReadOnlyList<EncodedPrompt> prompts, ulong seed)
{
    private int _epoch = -1;
    private int[] _order = [];

    /// <summary>Prompts taken so far.</summary>
    public long Position { get; set; }

    /// <summary>The next prompts, with the index that keys their random streams: unique over the whole run, including a prompt's repetitions.</summary>
    public IReadOnlyList<(EncodedPrompt Prompt, int StreamIndex)> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Next())];

    private (EncodedPrompt Prompt, int StreamIndex) Next()
    {
        int epoch = (int)(Position / prompts.Count);
        if (epoch != _epoch)
        {
            (_epoch, _order) = (epoch, MinibatchSchedule.Shuffle(prompts.Count, seed, epoch));
        }

        int index = _order[(int)(Position % prompts.Count)];
        Position++;
        return (prompts[index], checked(epoch * prompts.Count + index));
    }
}
