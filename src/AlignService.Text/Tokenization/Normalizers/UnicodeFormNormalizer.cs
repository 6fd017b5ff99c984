using System.Text;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD (Unicode Standard Annex 15).</summary>
internal sealed class UnicodeFormNormalizer(bool composes, bool compatible) : INormalizer
{
    // Below these every character is its own normal form, and none of them joins with its neighbor.
    private readonly char _firstThatMayChange = compatible ? '\u00A0' : composes ? '\u0300' : '\u00C0';

    public string Normalize(string text)
    {
        foreach (char unit in text)
        {
            if (unit >= _firstThatMayChange)
            {
                return Rewritten(text);
            }
        }

        return text;
    }

    public int Lead(string text, int lead) => Normalize(text[..lead]).Length;

    private string Rewritten(string text)
    {
        List<int> scalars = UnicodeDecomposition.Decompose(text, compatible);
        if (composes)
        {
            UnicodeComposition.Compose(scalars);
        }

        var rewritten = new StringBuilder(text.Length);
        foreach (int scalar in scalars)
        {
            if (scalar < 0x10000)
            {
                rewritten.Append((char)scalar);
            }
            else
            {
                rewritten.Append(char.ConvertFromUtf32(scalar));
            }
        }

        return rewritten.ToString();
    }
}
