namespace AlignService.Specs.Examples;

/// <summary>A prompt and a completion of it, as token ids. What counts in training is the completion.</summary>
/// <param name="PromptIds">At least one id: the first completion token needs something before it.</param>
/// <param name="CompletionIds">With its end token, where it has one.</param>
public sealed record TokenSequence(IReadOnlyList<int> PromptIds, IReadOnlyList<int> CompletionIds)
{
    /// <summary>Which completion ids count, where not all do: of a conversation, those that the assistant wrote. Null is all.</summary>
    public IReadOnlyList<bool>? Trained { get; init; }

    public int Length => PromptIds.Count + CompletionIds.Count;

    /// <summary>Completion ids that count.</summary>
    public int TrainedCount => Trained?.Count(trained => trained) ?? CompletionIds.Count;
}
