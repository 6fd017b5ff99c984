namespace AlignService.Text.Chat;

/// <summary>A conversation as tokens, with those that a model learns from it.</summary>
/// <param name="Text">As rendered.</param>
/// <param name="TokenIds">Of the text, without tokens that the tokenizer adds itself (the template writes them).</param>
/// <param name="IsTrained">Whether a token is the assistant's; one entry a token.</param>
public sealed record MaskedChat(string Text, IReadOnlyList<int> TokenIds, IReadOnlyList<bool> IsTrained)
{
    /// <summary>Tokens to learn; 0 where the conversation has no turn of the assistant.</summary>
    public int TrainedCount => IsTrained.Count(trained => trained);
}
