using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Numbers;

/// <summary>A text with its numbers written in one way: ASCII digits, signs and operators, and without LaTeX that only sets them out.</summary>
internal static partial class NumberNotation
{
    /// <summary>A space that may separate groups of digits: narrow, thin or not breaking.</summary>
    public const char GroupSpace = '\u00A0';

    /// <summary>Each character with what it stands for.</summary>
    private static readonly Dictionary<int, string> Fractions =
        "\u00BC1/4 \u00BD1/2 \u00BE3/4 \u21501/7 \u21511/9 \u21521/10 \u21531/3 \u21542/3 \u21551/5 \u21562/5 \u21573/5 \u21584/5 \u21591/6 \u215A5/6 \u215B1/8 \u215C3/8 \u215D5/8 \u215E7/8"
            .Split(' ').ToDictionary(part => (int)part[0], part => part[1..]);

    public static string Plain(string text)
    {
        text = Ascii(text);
        text = Nothing().Replace(text, "").Replace(@"\$", "$", StringComparison.Ordinal);
        text = ThinSpace().Replace(text, $"{GroupSpace}");
        text = Comma().Replace(text, ",");
        text = Fraction().Replace(text, @"\frac");
        text = Times().Replace(text, "*");
        return Words().Replace(text, " ");
    }

    private static string Ascii(string text)
    {
        var plain = new StringBuilder(text.Length);
        bool raised = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            string? superscript = Superscript(rune);
            if (superscript is not null)
            {
                plain.Append(raised ? "" : "^").Append(superscript);
            }
            else if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
            {
                plain.Append((int)Rune.GetNumericValue(rune));
            }
            else
            {
                plain.Append(Symbol(rune) ?? rune.ToString());
            }

            raised = superscript is not null;
        }

        return plain.ToString();
    }

    private static string? Superscript(Rune rune) => rune.Value switch
    {
        '\u00B9' => "1",
        '\u00B2' => "2",
        '\u00B3' => "3",
        '\u2070' or (>= 0x2074 and <= 0x2079) => $"{rune.Value - 0x2070}",
        '\u207B' => "-",
        _ => null,
    };

    private static string? Symbol(Rune rune) => rune.Value switch
    {
        '\u2212' or '\uFF0D' or '\uFE63' => "-",
        '\uFF0B' => "+",
        '\uFF0C' or '\u066C' => ",",
        '\uFF0E' or '\u066B' => ".",
        '\uFF0F' or '\u2044' or '\u2215' => "/",
        '\uFF1D' or '\u2248' => "=",
        '\u00D7' or '\u22C5' or '\u2219' or '\u00B7' => "*",
        '\u202F' or '\u2007' or '\u2009' => $"{GroupSpace}",
        '\u03C0' => @"\pi ",
        '\u221A' => @"\sqrt ",
        '\u221E' => @"\infty ",
        '\u00B1' => @"\pm ",
        _ => Fractions.TryGetValue(rune.Value, out string? fraction) ? $" {fraction}" : null,
    };

    [GeneratedRegex(@"\\(?:!|left(?![a-z])|right(?![a-z])|displaystyle(?![a-z])|phantom\{[^{}]*\})", RegexOptions.CultureInvariant)]
    private static partial Regex Nothing();

    [GeneratedRegex(@"\\[,;: ]|~|\\thinspace(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex ThinSpace();

    [GeneratedRegex(@"\{\s*,\s*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Comma();

    [GeneratedRegex(@"\\[dtc]frac(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"\\(?:times|cdot|ast)(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Times();

    /// <summary>Degrees, delimiters of formulas, and commands whose argument is text like any other.</summary>
    [GeneratedRegex(@"\^\s*\{?\s*\\circ\s*\}?|\\[()\[\]%#&]|\\(?:text(?:bf|it|rm|normal)?|math(?:rm|bf|it|sf)|mbox|operatorname|quad|qquad|degree|approx|dots|ldots|square|blacksquare|qed)(?![a-z])|\\\\", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
