using AlignService.Specs.Prompts;
using AlignService.Training.Batches;

namespace AlignService.Training.Rollouts;

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
