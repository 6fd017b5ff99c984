namespace AlignService.Model.Tokenization.Normalizers;

/// <summary>Puts a text in front, except of nothing.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}
