using static AlignService.Text.Tokenization.Normalizers.UnicodeDecomposition;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Canonical composition of decomposed, ordered text.</summary>
internal static class UnicodeComposition
{
    /// <summary>Composes in place.</summary>
    public static void Compose(List<int> scalars)
    {
        int starter = -1;
        int lastClass = 0;
        int kept = 0;
        for (int i = 0; i < scalars.Count; i++)
        {
            int scalar = scalars[i];
            int combiningClass = UnicodeNormalizationData.CombiningClass(scalar);
            bool isAdjacent = starter == kept - 1;
            if (starter >= 0 && (isAdjacent || lastClass < combiningClass) && Pair(scalars[starter], scalar) is { } composed)
            {
                scalars[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = kept;
            }

            lastClass = combiningClass;
            scalars[kept++] = scalar;
        }

        scalars.RemoveRange(kept, scalars.Count - kept);
    }

    private static int? Pair(int first, int second)
    {
        int leading = first - LeadingFirst;
        int vowel = second - VowelFirst;
        if (leading is >= 0 and < HangulCount / (VowelCount * TrailingCount) && vowel is >= 0 and < VowelCount)
        {
            return HangulFirst + (((leading * VowelCount) + vowel) * TrailingCount);
        }

        int syllable = first - HangulFirst;
        int trailing = second - TrailingBefore;
        return syllable is >= 0 and < HangulCount && syllable % TrailingCount == 0 && trailing is > 0 and < TrailingCount
            ? first + trailing
            : UnicodeNormalizationData.Composition(first, second);
    }
}
