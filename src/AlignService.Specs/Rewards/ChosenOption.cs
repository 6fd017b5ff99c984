using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards;

/// <summary>
/// Finds the option that a text ends up with: in its last \boxed{}, after its last "answer is" or "answer:", as the text itself or at its start ("B) because"), or
/// the last one that is marked as an option ("(B)", "**B**", "B." at the end of a line). A letter inside a sentence ("A bird") is not a choice.
/// </summary>
internal sealed class ChosenOption
{
    private const string Space = @"[\s*_`""'$]*";

    private readonly Dictionary<string, string> _options;
    private readonly Regex[] _places;
    private readonly Regex _option;

    /// <param name="options">Letters or words; compared without regard to case, except letters inside a longer text.</param>
    public ChosenOption(IReadOnlyList<string> options)
    {
        _options = options.ToDictionary(option => option, option => option, StringComparer.OrdinalIgnoreCase);
        string exact = $"(?:{string.Join('|', options.OrderByDescending(option => option.Length).Select(Regex.Escape))})";
        string anyCase = $"(?i:{exact})";
        string words = options.All(option => option.Length > 1) ? anyCase : exact;

        _option = new Regex(anyCase, RegexOptions.RightToLeft | RegexOptions.CultureInvariant);

        // Best first; within one place the last match counts. An option is the last thing in a match but for punctuation; it is not captured, because without
        // backtracking .NET loses captures before a text's last line break.
        _places =
        [
            Pattern($@"\\boxed{{{Space}(?:\\text{{)?[\s(]*{anyCase}[\s).:}}]"),
            Pattern($@"(?i:answer|choice|option)(?i:\s+is)?{Space}[:=]?{Space}(?i:is|option|choice)?{Space}\(?{words}(?:[\s).,:;*_`""'$]|\z)"),
            Pattern($@"\A[\s*_(\[`""'$]*{anyCase}[\s*_)\]`""'$.]*\z"),
            Pattern($@"\A{Space}(?:\({words}\)|{words}[).:,*])"),
            Pattern($@"\({words}\)|\*\*{Space}{words}[\s).:]*\*\*|(?:\A|[\s:]){words}[.)]?[ \t]*(?:[\r\n]|\z)"),
            .. options.All(option => option.Length > 1) ? new[] { Pattern($@"\b{anyCase}\b") } : [],
        ];
    }

    /// <returns>As in the list of options; null where there is none.</returns>
    public string? Of(string text)
    {
        foreach (Regex place in _places)
        {
            if (place.Matches(text).LastOrDefault() is Match match)
            {
                return _options[_option.Match(match.Value).Value];
            }
        }

        return null;
    }

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
