using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.Decoders;

internal sealed class ReplaceDecoder(IPattern pattern, string content) : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) =>
        [.. tokens.Select(token => PatternField.Replace(pattern, token, content))];
}
