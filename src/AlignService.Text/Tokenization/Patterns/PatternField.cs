using System.Text;
using AlignService.Text.Tokenization.Files;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Reads the field <c>pattern</c> of tokenizer.json: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternField
{
    private const long LongestText = 64L << 20;

    public static IPattern Read(JsonField component)
    {
        JsonField field = component["pattern"];
        if (field.IsString)
        {
            return new LiteralPattern(field.Text());
        }

        foreach ((string kind, JsonField value) in field.Members())
        {
            return kind switch
            {
                "String" => new LiteralPattern(value.Text()),
                "Regex" => new RegexPattern(value.Text()),
                _ => throw field.Unsupported("pattern", kind, "String", "Regex"),
            };
        }

        throw field.Wrong("an object with a String or a Regex");
    }

    /// <summary>The text with every match replaced by a literal text.</summary>
    public static string Replace(IPattern pattern, string text, string content)
    {
        if (pattern is LiteralPattern { Literal: { Length: > 0 } literal })
        {
            RequireBounded(text, content.Length > literal.Length ? text.AsSpan().Count(literal) : 0, content);
            return text.Replace(literal, content, StringComparison.Ordinal);
        }

        var matches = new List<PatternMatch>();
        if (text.Length > 0)
        {
            pattern.FindMatches(text, matches);
        }

        if (matches.Count == 0)
        {
            return text;
        }

        RequireBounded(text, matches.Count, content);
        var replaced = new StringBuilder();
        int from = 0;
        foreach (PatternMatch match in matches)
        {
            replaced.Append(text, from, match.Start - from).Append(content);
            from = match.End;
        }

        return replaced.Append(text, from, text.Length - from).ToString();
    }

    // Some replacements one behind the other can make a short text as long as they like.
    private static void RequireBounded(string text, long count, string content)
    {
        if (text.Length + (count * content.Length) > LongestText)
        {
            throw new CheckpointException($"A Replace in tokenizer.json produces a text longer than {LongestText} characters.");
        }
    }
}
