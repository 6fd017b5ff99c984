namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public string Normalize(string text)
    {
        text = left ? text.TrimStart() : text;
        return right ? text.TrimEnd() : text;
    }

    public int Lead(string text, int lead) => left ? Math.Max(0, lead - (text.Length - text.TrimStart().Length)) : lead;
}
