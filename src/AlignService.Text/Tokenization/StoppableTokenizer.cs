namespace AlignService.Text.Tokenization;

/// <summary>A tokenizer whose work on a long text ends when nobody waits for it any more.</summary>
/// <param name="Tokenizer">Shared.</param>
/// <param name="Cancellation">Checked within a text.</param>
public readonly record struct StoppableTokenizer(Tokenizer Tokenizer, CancellationToken Cancellation)
{
    /// <param name="text">Of any length.</param>
    /// <param name="addSpecialTokens">With what the post-processor adds, such as the begin-of-text token.</param>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public int[] Encode(string text, bool addSpecialTokens) => Tokenizer.EncodeStoppable(text, addSpecialTokens, Cancellation);
}
