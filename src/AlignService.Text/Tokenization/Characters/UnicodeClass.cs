using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace AlignService.Text.Tokenization.Characters;

/// <summary>Classes of Unicode scalar values as in the tokenizers library.</summary>
internal static class UnicodeClass
{
    private const int Letters =
        1 << (int)UnicodeCategory.UppercaseLetter | 1 << (int)UnicodeCategory.LowercaseLetter | 1 << (int)UnicodeCategory.TitlecaseLetter |
        1 << (int)UnicodeCategory.ModifierLetter | 1 << (int)UnicodeCategory.OtherLetter;

    private const int Marks =
        1 << (int)UnicodeCategory.NonSpacingMark | 1 << (int)UnicodeCategory.SpacingCombiningMark | 1 << (int)UnicodeCategory.EnclosingMark;

    private const int WordCategories =
        Letters | Marks | 1 << (int)UnicodeCategory.LetterNumber | 1 << (int)UnicodeCategory.DecimalDigitNumber |
        1 << (int)UnicodeCategory.ConnectorPunctuation;

    private const int NumberCategories =
        1 << (int)UnicodeCategory.DecimalDigitNumber | 1 << (int)UnicodeCategory.LetterNumber | 1 << (int)UnicodeCategory.OtherNumber;

    private const int PunctuationCategories =
        1 << (int)UnicodeCategory.ConnectorPunctuation | 1 << (int)UnicodeCategory.DashPunctuation | 1 << (int)UnicodeCategory.OpenPunctuation |
        1 << (int)UnicodeCategory.ClosePunctuation | 1 << (int)UnicodeCategory.InitialQuotePunctuation |
        1 << (int)UnicodeCategory.FinalQuotePunctuation | 1 << (int)UnicodeCategory.OtherPunctuation;

    /// <summary>One bit per general category, at the index of its number in <see cref="UnicodeCategory"/>.</summary>
    public static int CategoryBit(int scalar) => 1 << (int)CharUnicodeInfo.GetUnicodeCategory(scalar);

    public static bool IsWhiteSpace(int scalar) => scalar < 0x10000 && char.IsWhiteSpace((char)scalar);

    public static bool IsNumber(int scalar) => (CategoryBit(scalar) & NumberCategories) != 0;

    /// <summary>Category P of Unicode 7, and all ASCII punctuation and symbols.</summary>
    public static bool IsPunctuation(int scalar) => scalar < 0x80
        ? scalar is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : LibraryPunctuation.Contains(scalar, isNow: (CategoryBit(scalar) & PunctuationCategories) != 0);

    /// <summary>A word character of Rust's regular expressions: with the joiners U+200C and U+200D.</summary>
    public static bool IsWord(int scalar) => IsWordWithoutJoiners(scalar) || scalar is 0x200C or 0x200D;

    /// <summary>Letters, marks, decimal digits, letter numbers, connectors and circled letters.</summary>
    public static bool IsWordWithoutJoiners(int scalar) => (CategoryBit(scalar) & WordCategories) != 0 || IsCircledLetter(scalar);

    /// <summary>A word character of Oniguruma: without joiners, but with Latin-1's numbers that are not digits.</summary>
    public static bool IsOnigurumaWord(int scalar) =>
        IsWordWithoutJoiners(scalar) || scalar is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE);

    /// <summary>The scalar value at a position of well-formed UTF-16, and its number of units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ScalarAt(ReadOnlySpan<char> text, int index, out int length)
    {
        char first = text[index];
        length = 1;
        return char.IsHighSurrogate(first) && index + 1 < text.Length ? PairAt(first, text[index + 1], out length) : first;
    }

    /// <summary>The scalar value that ends before a position, and its number of units.</summary>
    public static int ScalarBefore(ReadOnlySpan<char> text, int index, out int length)
    {
        char last = text[index - 1];
        if (char.IsLowSurrogate(last) && index >= 2 && char.IsHighSurrogate(text[index - 2]))
        {
            length = 2;
            return char.ConvertToUtf32(text[index - 2], last);
        }

        length = 1;
        return last;
    }

    /// <summary>The text with every half of a surrogate pair replaced by U+FFFD, as any conversion to UTF-8 would do.</summary>
    public static string WellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            }
        }

        return text;
    }

    private static int PairAt(char first, char second, out int length)
    {
        bool isPair = char.IsLowSurrogate(second);
        length = isPair ? 2 : 1;
        return isPair ? char.ConvertToUtf32(first, second) : first;
    }

    private static bool IsCircledLetter(int scalar) =>
        scalar is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
