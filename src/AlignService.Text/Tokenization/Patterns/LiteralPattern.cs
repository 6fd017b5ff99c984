namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Matches a text itself. The empty text is found before every character and at the end, as by a regular expression.</summary>
internal sealed class LiteralPattern(string literal) : IPattern
{
    public string Literal => literal;

    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        if (literal.Length == 0)
        {
            FindNothing(text, matches);
            return;
        }

        int from = 0;
        while (text[from..].IndexOf(literal, StringComparison.Ordinal) is >= 0 and int offset)
        {
            matches.Add(new PatternMatch(from + offset, from + offset + literal.Length));
            from += offset + literal.Length;
        }
    }

    private static void FindNothing(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || !char.IsLowSurrogate(text[i]))
            {
                matches.Add(new PatternMatch(i, i));
            }
        }
    }
}
