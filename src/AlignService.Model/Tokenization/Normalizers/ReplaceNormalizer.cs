using AlignService.Model.Tokenization.Patterns;

namespace AlignService.Model.Tokenization.Normalizers;

internal sealed class ReplaceNormalizer(IPattern pattern, string content) : INormalizer
{
    public string Normalize(string text) => PatternField.Replace(pattern, text, content);
}
