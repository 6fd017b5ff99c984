using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The methods of strings.</summary>
internal static class StringMethods
{
    public static IReadOnlyDictionary<string, Func<string, Arguments, RenderBudget, object>> ByName { get; } =
        new Dictionary<string, Func<string, Arguments, RenderBudget, object>>
        {
            ["capitalize"] = (text, arguments, _) => LetterCase.Capitalize(Alone(text, arguments, "capitalize")),
            ["count"] = Count,
            ["endswith"] = (text, arguments, _) => Affixes(arguments, "endswith", "suffix").Any(affix => text.EndsWith(affix, StringComparison.Ordinal)),
            ["find"] = Find,
            ["join"] = Join,
            ["lower"] = (text, arguments, _) => LetterCase.Lower(Alone(text, arguments, "lower")),
            ["lstrip"] = (text, arguments, _) => Strip(text, arguments, "lstrip", left: true, right: false),
            ["replace"] = Replace,
            ["rstrip"] = (text, arguments, _) => Strip(text, arguments, "rstrip", left: false, right: true),
            ["split"] = Split,
            ["splitlines"] = SplitLines,
            ["startswith"] = (text, arguments, _) => Affixes(arguments, "startswith", "prefix").Any(affix => text.StartsWith(affix, StringComparison.Ordinal)),
            ["strip"] = (text, arguments, _) => Strip(text, arguments, "strip", left: true, right: true),
            ["title"] = (text, arguments, _) => LetterCase.Title(Alone(text, arguments, "title")),
            ["upper"] = (text, arguments, _) => LetterCase.Upper(Alone(text, arguments, "upper")),
        };

    private static string Alone(string text, Arguments arguments, string method)
    {
        arguments.Bind(method);
        return text;
    }

    private static object Count(string text, Arguments arguments, RenderBudget budget)
    {
        string part = Given.Text(arguments.RequireOne("count", "sub"), "count");
        return new BigInteger(part.Length == 0 ? Scalars.Count(text) + 1 : SplitText.AtSeparator(text, part, -1).Count - 1);
    }

    private static object Find(string text, Arguments arguments, RenderBudget budget)
    {
        int at = TextSearch.IndexOf(text, Given.Text(arguments.RequireOne("find", "sub"), "find"), 0);
        return new BigInteger(at < 0 ? -1 : Scalars.Count(text[..at]));
    }

    private static object Join(string text, Arguments arguments, RenderBudget budget)
    {
        IEnumerable<object> items = Iteration.Over(arguments.RequireOne("join", "iterable"));
        return budget.Join(items.Select(item => Given.Text(item, "join")), text);
    }

    private static object Replace(string text, Arguments arguments, RenderBudget budget)
    {
        object?[] given = arguments.Require("replace", 2, "old", "new", "count");
        return budget.Text(BoundedReplace(
            text, Given.Text(given[0]!, "replace"), Given.Text(given[1]!, "replace"), given[2] is { } count ? Given.Count(count, "replace") : -1, budget));
    }

    /// <summary>Replaces after checking that the result cannot be too long.</summary>
    public static string BoundedReplace(string text, string old, string replacement, int most, RenderBudget budget)
    {
        long places = old.Length == 0 ? text.Length + 1 : text.Length / old.Length;
        budget.Step(places);
        if (places * replacement.Length > RenderBudget.LongestText)
        {
            long found = old.Length == 0 ? places : SplitText.AtSeparator(text, old, most).Count - 1;
            budget.Length(text.Length + (found * replacement.Length));
        }

        return SplitText.Replace(text, old, replacement, most);
    }

    private static object Split(string text, Arguments arguments, RenderBudget budget)
    {
        object?[] given = arguments.Bind("split", "sep", "maxsplit");
        int most = given[1] is { } count ? Given.Count(count, "split") : -1;
        List<string> parts = given[0] is { } separator and not None ? SplitText.AtSeparator(text, Given.Text(separator, "split"), most) : SplitText.AtSpace(text, most);
        budget.Step(parts.Count);
        return Sequence.List(parts);
    }

    private static object SplitLines(string text, Arguments arguments, RenderBudget budget)
    {
        List<string> lines = SplitText.Lines(text, keepEnds: arguments.Bind("splitlines", "keepends")[0] is { } keep && Truth.Of(keep));
        budget.Step(lines.Count);
        return Sequence.List(lines);
    }

    private static string Strip(string text, Arguments arguments, string method, bool left, bool right)
    {
        object? characters = arguments.Bind(method, "chars")[0];
        return SplitText.Strip(text, characters is null or None ? null : Given.Text(characters, method), left, right);
    }

    private static IEnumerable<string> Affixes(Arguments arguments, string method, string parameter)
    {
        object affix = arguments.RequireOne(method, parameter);
        return affix is Sequence { Kind: SequenceKind.Tuple } several
            ? several.Items.Select(item => Given.Text(item, method))
            : [Given.Text(affix, method)];
    }
}
