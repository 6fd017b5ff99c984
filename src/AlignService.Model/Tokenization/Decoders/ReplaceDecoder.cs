using AlignService.Model.Tokenization.Patterns;

namespace AlignService.Model.Tokenization.Decoders;

internal sealed class ReplaceDecoder(IPattern pattern, string content) : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) =>
        [.. tokens.Select(token => PatternField.Replace(pattern, token, content))];
}
