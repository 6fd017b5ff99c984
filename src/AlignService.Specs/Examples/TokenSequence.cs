namespace AlignService.Specs.Examples;

/// <summary>A prompt and its completion, as token ids. Only the completion is trained on.</summary>
/// <param name="PromptIds">At least one id: the first completion token needs something before it.</param>
/// <param name="CompletionIds">With its end token, if any.</param>
public sealed record TokenSequence(IReadOnlyList<int> PromptIds, IReadOnlyList<int> CompletionIds)
{
    /// <summary>Which completion ids are trained on; in a conversation, those that the assistant wrote. Null is all.</summary>
    public IReadOnlyList<bool>? Trained { get; init; }

    public int Length => PromptIds.Count + CompletionIds.Count;

    /// <summary>Number of completion ids that are trained on.</summary>
    public int TrainedCount => Trained?.Count(trained => trained) ?? CompletionIds.Count;
}
