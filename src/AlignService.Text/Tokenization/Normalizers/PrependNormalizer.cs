namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Puts a text in front, except of nothing.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;

    public int Lead(string text, int lead) => text.Length == 0 || lead == 0 ? lead : prefix.Length + lead;
}
