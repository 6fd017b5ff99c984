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

/// <summary>
/// Where the tokenizers library's table of punctuation, which is that of Unicode 7, differs from the current one. Only its Punctuation pre-tokenizer uses it: patterns
/// (\p{P}) follow a newer version.
/// </summary>
internal static class LibraryPunctuation
{
    /// <summary>First and last characters of ranges that became punctuation later.</summary>
    private static readonly (int First, int Last)[] Later =
    [
        (0x61D, 0x61D), (0x9FD, 0x9FD), (0xA76, 0xA76), (0xC77, 0xC77), (0xC84, 0xC84), (0x1B4E, 0x1B4F), (0x1B7D, 0x1B7F), (0x2E43, 0x2E4F), (0x2E52, 0x2E5D), (0x10D6E, 0x10D6E),
        (0x10EAD, 0x10EAD), (0x10F55, 0x10F59), (0x10F86, 0x10F89), (0x113D4, 0x113D5), (0x113D7, 0x113D8), (0x1144B, 0x1144F), (0x1145A, 0x1145B), (0x1145D, 0x1145D),
        (0x11660, 0x1166C), (0x116B9, 0x116B9), (0x1183B, 0x1183B), (0x11944, 0x11946), (0x119E2, 0x119E2), (0x11A3F, 0x11A46), (0x11A9A, 0x11A9C), (0x11A9E, 0x11AA2), (0x11B00, 0x11B09),
        (0x11BE1, 0x11BE1), (0x11C41, 0x11C45), (0x11C70, 0x11C71), (0x11EF7, 0x11EF8), (0x11F43, 0x11F4F), (0x11FFF, 0x11FFF), (0x12FF1, 0x12FF2), (0x16D6D, 0x16D6F), (0x16E97, 0x16E9A),
        (0x16FE2, 0x16FE2), (0x1E5FF, 0x1E5FF), (0x1E95E, 0x1E95F),
    ];

    /// <summary>CANADIAN SYLLABICS CHI SIGN, a symbol today, and SHARADA SANDHI MARK, a combining mark.</summary>
    private static readonly int[] NoLonger = [0x166D, 0x111C9];

    /// <param name="scalar">The character.</param>
    /// <param name="isNow">Whether it is punctuation in the current version.</param>
    public static bool Contains(int scalar, bool isNow) =>
        isNow ? !Array.Exists(Later, range => scalar >= range.First && scalar <= range.Last) : NoLonger.Contains(scalar);
}
