namespace AlignService.Text.Tokenization.Normalizers;

internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    public string Normalize(string text)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            text = normalizer.Normalize(text);
        }

        return text;
    }

    public int Lead(string text, int lead)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            lead = normalizer.Lead(text, lead);
            text = normalizer.Normalize(text);
        }

        return lead;
    }
}
