using System.Text;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Filters that return text.</summary>
internal static class TextFilters
{
    public static IEnumerable<KeyValuePair<string, Func<object, Arguments, FilterContext, object>>> All =>
    [
        new("capitalize", (value, arguments, context) => LetterCase.Capitalize(Alone(value, arguments, "capitalize", context))),
        new("from_json", FromJson),
        new("indent", Indent),
        new("lower", (value, arguments, context) => LetterCase.Lower(Alone(value, arguments, "lower", context))),
        new("replace", Replace),
        new("safe", (value, arguments, context) => Alone(value, arguments, "safe", context)),
        new("string", (value, arguments, context) => Alone(value, arguments, "string", context)),
        new("title", (value, arguments, context) => Title(Alone(value, arguments, "title", context))),
        new("tojson", ToJson),
        new("trim", Trim),
        new("upper", (value, arguments, context) => LetterCase.Upper(Alone(value, arguments, "upper", context))),
    ];

    /// <summary>As Python's json.loads.</summary>
    private static object FromJson(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("from_json");
        string text = Given.Text(value, "from_json");
        context.Budget.Step(text.Length / 4);
        return JsonValues.Parse(text);
    }

    private static string Alone(object value, Arguments arguments, string filter, FilterContext context)
    {
        arguments.Bind(filter);
        return context.Budget.Print(value);
    }

    private static object Indent(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("indent", "width", "first", "blank");
        string indent = given[0] switch
        {
            null => "    ",
            string text => text,
            object width => new string(' ', Math.Clamp(Given.Count(width, "indent"), 0, RenderBudget.LongestText)),
        };
        bool indentsFirst = given[1] is { } first && Truth.Of(first);
        bool indentsBlank = given[2] is { } blank && Truth.Of(blank);
        List<string> lines = SplitText.Lines(Given.Text(value, "indent") + "\n", keepEnds: false);
        context.Budget.Length(value.ToString()!.Length + ((long)lines.Count * indent.Length));
        var indented = new StringBuilder();
        for (int i = 0; i < lines.Count; i++)
        {
            bool isIndented = i == 0 ? indentsFirst : indentsBlank || lines[i].Length > 0;
            indented.Append(i > 0 ? "\n" : "").Append(isIndented ? indent : "").Append(lines[i]);
        }

        return indented.ToString();
    }

    private static object Replace(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Require("replace", 2, "old", "new", "count");
        int most = given[2] is { } count and not None ? Given.Count(count, "replace") : -1;
        return context.Budget.Text(StringMethods.BoundedReplace(
            context.Budget.Print(value), context.Budget.Print(given[0]!), context.Budget.Print(given[1]!), most, context.Budget));
    }

    // Words begin behind white space, hyphens and opening brackets.
    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        int wordStart = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            bool separates = i < text.Length && (PythonSpace.Is(text[i]) || "-({[<".Contains(text[i], StringComparison.Ordinal));
            if (i == text.Length || separates)
            {
                title.Append(TitleWord(text[wordStart..i]));
                wordStart = i + 1;
                title.Append(i < text.Length ? text[i].ToString() : "");
            }
        }

        return title.ToString();
    }

    private static string TitleWord(string word)
    {
        int first = word.Length > 1 && char.IsHighSurrogate(word[0]) ? 2 : Math.Min(word.Length, 1);
        return LetterCase.Upper(word[..first]) + LetterCase.Lower(word[first..]);
    }

    private static object ToJson(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = given[1] switch
        {
            null or None => null,
            string text => text,
            object width => new string(' ', Math.Clamp(Given.Count(width, "tojson"), 0, 1000)),
        };
        IReadOnlyList<object> separators = given[2] is { } own and not None ? [.. Iteration.Over(own)] : [indent is null ? ", " : ",", ": "];
        if (separators.Count != 2)
        {
            throw new TemplateFault("tojson requires two separators");
        }

        context.Budget.Charge(value);
        return context.Budget.Text(JsonText.Write(value, new JsonTextOptions
        {
            Indent = indent,
            ItemSeparator = Given.Text(separators[0], "tojson"),
            KeySeparator = Given.Text(separators[1], "tojson"),
            EscapesNonAscii = given[0] is { } escapes && Truth.Of(escapes),
            SortsKeys = given[3] is { } sorts && Truth.Of(sorts),
        }));
    }

    private static object Trim(object value, Arguments arguments, FilterContext context)
    {
        object? characters = arguments.Bind("trim", "chars")[0];
        return SplitText.Strip(context.Budget.Print(value), characters is null or None ? null : Given.Text(characters, "trim"), left: true, right: true);
    }
}
