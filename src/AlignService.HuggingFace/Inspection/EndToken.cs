namespace AlignService.HuggingFace.Inspection;

/// <summary>A token that ends a completion.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">As the tokenizer writes it; null where there is no tokenizer, or no such token in it.</param>
public sealed record EndToken(int Id, string? Text);
