using AlignService.Specs.Rewards.Numbers;

namespace AlignService.Specs.Rewards;

/// <summary>
/// The number that a text ends up with, as a reader sees it: the first behind the last "####", else the one inside the last \boxed{}, else the last of all
/// (docs/rewards.md has the forms).
/// </summary>
internal static class FinalNumber
{
    private const string Marker = "####";
    private static readonly string[] Boxes = [@"\boxed", @"\fbox"];

    /// <returns>Null where there is no number, where it is part of something that is not one, and where a box has several.</returns>
    public static ExactNumber? Find(string text)
    {
        int marker = text.LastIndexOf(Marker, StringComparison.Ordinal);
        if (marker >= 0)
        {
            return new NumberScanner(NumberNotation.Plain(text[(marker + Marker.Length)..]), groupsBySpace: false).Read().FirstOrDefault();
        }

        if (LastBox(text) is { } box)
        {
            string plain = NumberNotation.Plain(box);
            return new NumberScanner(plain[(plain.LastIndexOf('=') + 1)..], groupsBySpace: true).Read().Take(2).ToArray() is [var only] ? only : null;
        }

        // A space groups digits where there is nothing else that it could separate.
        bool isNumberAlone = text.All(letter => char.IsAsciiDigit(letter) || letter is ' ' or '.' or ',' or '-');
        return new NumberScanner(NumberNotation.Plain(text), isNumberAlone).Read().LastOrDefault();
    }

    /// <summary>The same as the nearest double.</summary>
    public static double? Of(string text) => Find(text)?.ToDouble();

    /// <summary>What the last \boxed{...} holds, braces balanced; a box without braces holds one word.</summary>
    private static string? LastBox(string text)
    {
        (int start, string command) = Boxes.Select(box => (text.LastIndexOf(box, StringComparison.Ordinal), box)).MaxBy(found => found.Item1);
        if (start < 0)
        {
            return null;
        }

        int open = start + command.Length;
        while (open < text.Length && text[open] == ' ')
        {
            open++;
        }

        if (open >= text.Length || text[open] != '{')
        {
            return text[open..].Split([' ', '\n', '$'], 2)[0];
        }

        int depth = 0;
        for (int at = open; at < text.Length; at++)
        {
            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return text[(open + 1)..at];
            }
        }

        return text[(open + 1)..];
    }
}
