namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Turns tokens back towards text. The text is all tokens of the last decoder joined.</summary>
internal interface IDecoder
{
    /// <param name="atStart">The first of these tokens is the first of the whole text.</param>
    List<string> Decode(List<string> tokens, bool atStart);
}
