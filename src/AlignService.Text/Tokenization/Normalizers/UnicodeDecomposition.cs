using System.Text;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Full decomposition in canonical order. Implemented here because .NET's needs ICU, which the service does not use.</summary>
internal static class UnicodeDecomposition
{
    public const int HangulFirst = 0xAC00;
    public const int HangulCount = 11172;
    public const int LeadingFirst = 0x1100;
    public const int VowelFirst = 0x1161;
    public const int TrailingBefore = 0x11A7;
    public const int VowelCount = 21;
    public const int TrailingCount = 28;

    public static List<int> Decompose(string text, bool compatible)
    {
        var scalars = new List<int>(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Add(scalars, rune.Value, compatible);
        }

        Order(scalars);
        return scalars;
    }

    private static void Add(List<int> scalars, int scalar, bool compatible)
    {
        int syllable = scalar - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            scalars.Add(LeadingFirst + (syllable / (VowelCount * TrailingCount)));
            scalars.Add(VowelFirst + (syllable % (VowelCount * TrailingCount) / TrailingCount));
            if (syllable % TrailingCount is > 0 and int trailing)
            {
                scalars.Add(TrailingBefore + trailing);
            }
        }
        else if (scalar >= 0xA0 && UnicodeNormalizationData.Decomposition(scalar, compatible) is { } parts)
        {
            foreach (int part in parts)
            {
                Add(scalars, part, compatible);
            }
        }
        else
        {
            scalars.Add(scalar);
        }
    }

    // Marks of different classes between two starters are sorted by class; equal classes keep their order.
    private static void Order(List<int> scalars)
    {
        var marks = new List<(int Scalar, int Class)>();
        for (int start = 0; start < scalars.Count; start++)
        {
            marks.Clear();
            int end = start;
            while (end < scalars.Count && UnicodeNormalizationData.CombiningClass(scalars[end]) is > 0 and int combiningClass)
            {
                marks.Add((scalars[end++], combiningClass));
            }

            if (marks.Count > 1)
            {
                foreach ((int scalar, _) in marks.OrderBy(mark => mark.Class))
                {
                    scalars[start++] = scalar;
                }
            }

            start = Math.Max(start, end);
        }
    }
}
