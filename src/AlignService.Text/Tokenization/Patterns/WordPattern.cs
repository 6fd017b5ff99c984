using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>The library's <c>\w+|[^\w\s]+</c>: runs of word characters and runs of what is neither word nor white space.</summary>
internal sealed class WordPattern : IPattern
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        int start = 0;
        Kind run = Kind.Space;
        for (int i = 0; i < text.Length;)
        {
            Kind kind = KindOf(UnicodeClass.ScalarAt(text, i, out int length));
            if (kind != run)
            {
                AddRun(matches, run, start, i);
                (run, start) = (kind, i);
            }

            i += length;
        }

        AddRun(matches, run, start, text.Length);
    }

    private static void AddRun(List<PatternMatch> matches, Kind run, int start, int end)
    {
        if (run != Kind.Space && end > start)
        {
            matches.Add(new PatternMatch(start, end));
        }
    }

    private static Kind KindOf(int scalar) =>
        UnicodeClass.IsWord(scalar) ? Kind.Word : UnicodeClass.IsWhiteSpace(scalar) ? Kind.Space : Kind.Other;
}
