namespace AlignService.Text.Tokenization.Decoders;

/// <summary>What stands in where tokenizer.json has no decoder: tokens with one space between.</summary>
internal sealed class JoinDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) =>
        [(atStart || tokens.Count == 0 ? "" : " ") + string.Join(' ', tokens)];
}
