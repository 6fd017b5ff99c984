using System.Globalization;
using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards;

/// <summary>Finds the number that a text ends up with: after "####", in the last \boxed{}, or the last number.</summary>
public static partial class FinalNumber
{
    private const string Marker = "####";
    private const string Box = @"\boxed{";

    /// <returns>Null where there is no number.</returns>
    public static double? Of(string text)
    {
        text = text.Replace('\u2212', '-'); // the typographic minus
        int marker = text.LastIndexOf(Marker, StringComparison.Ordinal);
        if (marker >= 0)
        {
            return Parse(Number().Match(Plain(text[(marker + Marker.Length)..])));
        }

        string part = Plain(LastBox(text) ?? text);
        return Parse(Number().Matches(part).LastOrDefault());
    }

    private static double? Parse(Match? match)
    {
        if (match is not { Success: true })
        {
            return null;
        }

        double value = double.Parse(match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!match.Groups["below"].Success)
        {
            return value;
        }

        double below = double.Parse(match.Groups["below"].Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        return below == 0 ? null : value / below;
    }

    /// <summary>What the last \boxed{...} holds, braces balanced.</summary>
    private static string? LastBox(string text)
    {
        int start = text.LastIndexOf(Box, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        int depth = 1;
        for (int i = start + Box.Length; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return text[(start + Box.Length)..i];
            }
        }

        return text[(start + Box.Length)..];
    }

    /// <summary>\frac{a}{b} as a/b.</summary>
    private static string Plain(string text) => Fraction().Replace(text, "${sign}${above}/${below}");

    // A sign counts unless it stands between two terms, as in 5-3.
    [GeneratedRegex(@"(?<number>(?:(?<![\w.)])[-+])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?:(?<![\w.)])[-+])?\.\d+)(?:\s*/\s*(?<below>\d+(?:\.\d+)?))?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<sign>[-+]?)\\[dt]?frac\{(?<above>-?[\d.]+)\}\{(?<below>[\d.]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();
}
