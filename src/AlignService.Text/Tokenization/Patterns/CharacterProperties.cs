using System.Globalization;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>The sets that a pattern can name: <c>\p{...}</c>, <c>[:...:]</c> and the one-letter escapes.</summary>
internal static class CharacterProperties
{
    private static readonly Dictionary<string, CharacterSet> ByName = Build();
    private static readonly CharacterSet Symbol = ByName["s"];

    public static CharacterSet White { get; } = new(UnicodeClass.IsWhiteSpace);

    /// <summary><c>\w</c> outside a set.</summary>
    public static CharacterSet Word { get; } = new(UnicodeClass.IsOnigurumaWord);

    /// <summary><c>\w</c> inside a set, and <c>[:word:]</c>: without the numbers of Latin-1.</summary>
    public static CharacterSet WordInSet { get; } = new(UnicodeClass.IsWordWithoutJoiners);

    public static CharacterSet Digit { get; } = CharacterSet.Category(Bits(UnicodeCategory.DecimalDigitNumber));

    public static CharacterSet HexDigit { get; } = new(scalar => scalar < 0x80 && char.IsAsciiHexDigit((char)scalar));

    /// <summary>The set of that name (ignoring case, spaces, hyphens and underscores), or null.</summary>
    public static CharacterSet? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    /// <summary>The set of <c>[:name:]</c>: unlike <c>\p{Punct}</c>, <c>punct</c> has all symbols.</summary>
    public static CharacterSet? FindBracketed(string name) => Plain(name) == "punct" ? Find(name)!.Union([Symbol]) : Find(name);

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
        sets["digit"] = sets["nd"];
        sets["space"] = sets["whitespace"] = new CharacterSet(UnicodeClass.IsWhiteSpace);
        sets["word"] = new CharacterSet(UnicodeClass.IsWordWithoutJoiners);
        sets["xdigit"] = new CharacterSet(scalar => scalar < 0x80 && char.IsAsciiHexDigit((char)scalar));
        sets["blank"] = sets["zs"].Union([CharacterSet.Single('\t')]);
        sets["cntrl"] = sets["cc"];
        sets["punct"] = sets["p"];
        foreach ((string name, CharacterSet set) in ScriptSets.ByName)
        {
            sets[name] = set;
        }

        return sets;
    }

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
