namespace AlignService.Text.Chat.Values;

/// <summary>Finds a text in another in time linear in both, whatever they are: a part that repeats itself makes the plain search try the same characters again and again.</summary>
internal static class TextSearch
{
    /// <summary>Up to this length the plain search is fast enough in the worst case.</summary>
    private const int LongestPlain = 16;

    public static bool Contains(string text, string part) => IndexOf(text, part, 0) >= 0;

    public static int IndexOf(string text, string part, int from)
    {
        if (part.Length <= LongestPlain || text.Length - from < part.Length)
        {
            return text.IndexOf(part, from, StringComparison.Ordinal);
        }

        // Knuth, Morris and Pratt: how much of the part matches still where a character does not.
        int[] borders = Borders(part);
        int matched = 0;
        for (int at = from; at < text.Length; at++)
        {
            while (matched > 0 && text[at] != part[matched])
            {
                matched = borders[matched - 1];
            }

            matched += text[at] == part[matched] ? 1 : 0;
            if (matched == part.Length)
            {
                return at - part.Length + 1;
            }
        }

        return -1;
    }

    private static int[] Borders(string part)
    {
        int[] borders = new int[part.Length];
        int matched = 0;
        for (int at = 1; at < part.Length; at++)
        {
            while (matched > 0 && part[at] != part[matched])
            {
                matched = borders[matched - 1];
            }

            matched += part[at] == part[matched] ? 1 : 0;
            borders[at] = matched;
        }

        return borders;
    }
}
