using System.Globalization;
using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>Upper, lower and title case as in Python's strings: full mappings (ß becomes SS), final sigma included.</summary>
internal static class LetterCase
{
    private const string Resource = "AlignService.Text.Chat.Values.casing.txt";
    private const int Sigma = 0x3A3;
    private const int CapitalDottedI = 0x130;

    private static readonly (Dictionary<int, string> Upper, Dictionary<int, string> Title) Special = Load();

    public static string Upper(string text) => Mapped(text, (text, _, rune) => text.Append(UpperOf(rune)));

    public static string Lower(string text) => Mapped(text, (lower, at, rune) => lower.Append(LowerOf(text, at, rune)));

    /// <summary>The first letter in title case, all others in lower case.</summary>
    public static string Capitalize(string text) => Mapped(text, (capital, at, rune) =>
        capital.Append(at == 0 ? TitleOf(rune) : LowerOf(text, at, rune)));

    /// <summary>The first letter of every run of letters in title case, the others in lower case.</summary>
    public static string Title(string text)
    {
        bool insideWord = false;
        return Mapped(text, (title, at, rune) =>
        {
            title.Append(insideWord ? LowerOf(text, at, rune) : TitleOf(rune));
            insideWord = IsCased(rune);
        });
    }

    public static bool IsLower(string text) => HasCased(text) && text.EnumerateRunes().All(rune => !IsCased(rune) || IsLower(rune));

    public static bool IsUpper(string text) => HasCased(text) && text.EnumerateRunes().All(rune => !IsCased(rune) || IsUpper(rune));

    private static string Mapped(string text, Action<StringBuilder, int, Rune> append)
    {
        var mapped = new StringBuilder(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            append(mapped, at, rune);
            at += rune.Utf16SequenceLength;
        }

        return mapped.ToString();
    }

    private static string UpperOf(Rune rune) => Special.Upper.GetValueOrDefault(rune.Value) ?? Rune.ToUpperInvariant(rune).ToString();

    private static string TitleOf(Rune rune) => Special.Title.GetValueOrDefault(rune.Value) ?? UpperOf(rune);

    private static string LowerOf(string text, int at, Rune rune) => rune.Value switch
    {
        CapitalDottedI => "i\u0307",
        Sigma => IsFinal(text, at) ? "\u03C2" : "\u03C3",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };

    // A sigma is final behind a letter and not before one; marks and the like between do not count.
    private static bool IsFinal(string text, int at) =>
        FirstThatCounts(text[..at].EnumerateRunes().Reverse()) is { } before && IsCased(before) &&
        !(FirstThatCounts(text[(at + 1)..].EnumerateRunes()) is { } after && IsCased(after));

    private static Rune? FirstThatCounts(IEnumerable<Rune> runes)
    {
        foreach (Rune rune in runes)
        {
            if (!IsIgnorable(rune))
            {
                return rune;
            }
        }

        return null;
    }

    private static bool IsIgnorable(Rune rune) => rune.Value is '\'' or '.' or ':' or '^' or '`' or 0xA8 or 0xAD or 0xAF or 0xB4 or 0xB7 or 0xB8 or 0x2019 ||
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or
            UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static bool HasCased(string text) => text.EnumerateRunes().Any(IsCased);

    private static bool IsCased(Rune rune) => IsLower(rune) || IsUpper(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    // Beside the letters of a case: the ordinals, the modifier letters of Other_Lowercase, Roman numerals and circled letters.
    private static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter || rune.Value is
        0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or 0x2C0 or 0x2C1 or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A or (>= 0x1D2C and <= 0x1D6A) or
        0x1D78 or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C) or (>= 0x2170 and <= 0x217F) or (>= 0x24D0 and <= 0x24E9);

    private static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter || rune.Value is
        (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static (Dictionary<int, string> Upper, Dictionary<int, string> Title) Load()
    {
        var upper = new Dictionary<int, string>();
        var title = new Dictionary<int, string>();
        using Stream stream = typeof(LetterCase).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            string[] fields = line.Split(';');
            int code = int.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Add(upper, code, fields[1]);
            Add(title, code, fields[2]);
        }

        return (upper, title);
    }

    private static void Add(Dictionary<int, string> cases, int code, string scalars)
    {
        if (scalars.Length > 0)
        {
            cases.Add(code, string.Concat(scalars.Split(' ').Select(scalar => char.ConvertFromUtf32(Convert.ToInt32(scalar, 16)))));
        }
    }
}
