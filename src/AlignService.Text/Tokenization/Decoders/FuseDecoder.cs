namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) => [string.Concat(tokens)];
}
