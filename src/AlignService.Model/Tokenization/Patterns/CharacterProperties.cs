using System.Globalization;
using AlignService.Model.Tokenization.Characters;

namespace AlignService.Model.Tokenization.Patterns;

/// <summary>The sets that a pattern can name: <c>\p{...}</c>, <c>[:...:]</c> and the one-letter escapes.</summary>
internal static class CharacterProperties
{
    private static readonly Dictionary<string, CharacterSet> ByName = Build();

    public static CharacterSet White { get; } = new(UnicodeClass.IsWhiteSpace);

    public static CharacterSet Word { get; } = new(UnicodeClass.IsOnigurumaWord);

    public static CharacterSet Digit { get; } = CharacterSet.Category(Bits(UnicodeCategory.DecimalDigitNumber));

    public static CharacterSet HexDigit { get; } = new(scalar => scalar < 0x80 && char.IsAsciiHexDigit((char)scalar));

    /// <summary>The set of that name (case, spaces, hyphens and underscores do not count), or null.</summary>
    public static CharacterSet? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    private static string Plain(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();

    private static Dictionary<string, CharacterSet> Build()
    {
        var sets = new Dictionary<string, CharacterSet>();
        foreach ((string brief, string full, UnicodeCategory[] categories) in Categories())
        {
            CharacterSet set = CharacterSet.Category(Bits(categories));
            sets[Plain(brief)] = set;
            sets[Plain(full)] = set;
        }

        sets["any"] = CharacterSet.Any;
        sets["ascii"] = CharacterSet.Range(0, 0x7F);
        sets["alpha"] = sets["alphabetic"] = new CharacterSet(UnicodeClass.IsAlphabetic);
        sets["digit"] = sets["nd"];
        sets["alnum"] = sets["alpha"].Union([sets["nd"]]);
        sets["space"] = sets["whitespace"] = new CharacterSet(UnicodeClass.IsWhiteSpace);
        sets["word"] = new CharacterSet(UnicodeClass.IsOnigurumaWord);
        sets["xdigit"] = new CharacterSet(scalar => scalar < 0x80 && char.IsAsciiHexDigit((char)scalar));
        sets["blank"] = sets["zs"].Union([CharacterSet.Single('\t')]);
        sets["cntrl"] = sets["cc"];
        // Oniguruma's punct is category P with the nine symbols of ASCII.
        sets["punct"] = sets["p"].Union([new CharacterSet(scalar => scalar < 0x80 && "$+<=>^`|~".Contains((char)scalar))]);
        sets["upper"] = sets["uppercase"] = sets["lu"].Union([CharacterSet.Range(0x2160, 0x216F), CharacterSet.Range(0x24B6, 0x24CF)]);
        sets["han"] = new CharacterSet(IsHan);
        return sets;
    }

    private static bool IsHan(int scalar) => scalar is
        (>= 0x2E80 and <= 0x2E99) or (>= 0x2E9B and <= 0x2EF3) or (>= 0x2F00 and <= 0x2FD5) or 0x3005 or 0x3007 or
        (>= 0x3021 and <= 0x3029) or (>= 0x3038 and <= 0x303B) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or
        (>= 0xF900 and <= 0xFA6D) or (>= 0xFA70 and <= 0xFAD9) or (>= 0x16FE2 and <= 0x16FE3) or (>= 0x16FF0 and <= 0x16FF1) or
        (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B739) or (>= 0x2B740 and <= 0x2B81D) or (>= 0x2B820 and <= 0x2CEA1) or
        (>= 0x2CEB0 and <= 0x2EBE0) or (>= 0x2F800 and <= 0x2FA1D) or (>= 0x30000 and <= 0x3134A) or (>= 0x31350 and <= 0x323AF);

    private static int Bits(params UnicodeCategory[] categories) => categories.Aggregate(0, (bits, category) => bits | 1 << (int)category);

    private static IEnumerable<(string Brief, string Full, UnicodeCategory[] Categories)> Categories()
    {
        (string Brief, string Full, UnicodeCategory Category)[] single =
        [
            ("Lu", "Uppercase_Letter", UnicodeCategory.UppercaseLetter),
            ("Ll", "Lowercase_Letter", UnicodeCategory.LowercaseLetter),
            ("Lt", "Titlecase_Letter", UnicodeCategory.TitlecaseLetter),
            ("Lm", "Modifier_Letter", UnicodeCategory.ModifierLetter),
            ("Lo", "Other_Letter", UnicodeCategory.OtherLetter),
            ("Mn", "Nonspacing_Mark", UnicodeCategory.NonSpacingMark),
            ("Mc", "Spacing_Mark", UnicodeCategory.SpacingCombiningMark),
            ("Me", "Enclosing_Mark", UnicodeCategory.EnclosingMark),
            ("Nd", "Decimal_Number", UnicodeCategory.DecimalDigitNumber),
            ("Nl", "Letter_Number", UnicodeCategory.LetterNumber),
            ("No", "Other_Number", UnicodeCategory.OtherNumber),
            ("Zs", "Space_Separator", UnicodeCategory.SpaceSeparator),
            ("Zl", "Line_Separator", UnicodeCategory.LineSeparator),
            ("Zp", "Paragraph_Separator", UnicodeCategory.ParagraphSeparator),
            ("Cc", "Control", UnicodeCategory.Control),
            ("Cf", "Format", UnicodeCategory.Format),
            ("Cs", "Surrogate", UnicodeCategory.Surrogate),
            ("Co", "Private_Use", UnicodeCategory.PrivateUse),
            ("Cn", "Unassigned", UnicodeCategory.OtherNotAssigned),
            ("Pc", "Connector_Punctuation", UnicodeCategory.ConnectorPunctuation),
            ("Pd", "Dash_Punctuation", UnicodeCategory.DashPunctuation),
            ("Ps", "Open_Punctuation", UnicodeCategory.OpenPunctuation),
            ("Pe", "Close_Punctuation", UnicodeCategory.ClosePunctuation),
            ("Pi", "Initial_Punctuation", UnicodeCategory.InitialQuotePunctuation),
            ("Pf", "Final_Punctuation", UnicodeCategory.FinalQuotePunctuation),
            ("Po", "Other_Punctuation", UnicodeCategory.OtherPunctuation),
            ("Sm", "Math_Symbol", UnicodeCategory.MathSymbol),
            ("Sc", "Currency_Symbol", UnicodeCategory.CurrencySymbol),
            ("Sk", "Modifier_Symbol", UnicodeCategory.ModifierSymbol),
            ("So", "Other_Symbol", UnicodeCategory.OtherSymbol),
        ];
        (char Letter, string Full)[] groups =
        [
            ('L', "Letter"), ('M', "Mark"), ('N', "Number"), ('Z', "Separator"), ('C', "Other"), ('P', "Punctuation"), ('S', "Symbol"),
        ];
        foreach ((string brief, string full, UnicodeCategory category) in single)
        {
            yield return (brief, full, [category]);
        }

        foreach ((char letter, string full) in groups)
        {
            yield return (letter.ToString(), full, [.. single.Where(one => one.Brief[0] == letter).Select(one => one.Category)]);
        }
    }
}
