using System.Text;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Character by character, so that no final sigma is made. Only U+0130 has a lower case of two characters.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    private const int CapitalDottedI = 0x130;

    public string Normalize(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == CapitalDottedI)
            {
                lower.Append("i\u0307");
            }
            else
            {
                lower.Append(Rune.ToLowerInvariant(rune));
            }
        }

        return lower.ToString();
    }

    public int Lead(string text, int lead) => Normalize(text[..lead]).Length;
}
