using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Something that can be matched in a text.</summary>
internal interface IPattern
{
    /// <summary>Adds the matches, in order and not overlapping; some may be empty.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches, CancellationToken cancellationToken);
}

/// <summary>Where a pattern was found, in UTF-16 units.</summary>
internal readonly record struct PatternMatch(int Start, int End);

/// <summary>Matches a text itself. The empty text matches before every character and at the end, as in a regular expression.</summary>
internal sealed class LiteralPattern(string literal) : IPattern
{
    public string Literal => literal;

    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches, CancellationToken cancellationToken)
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

/// <summary>Matches every single character of a class.</summary>
internal sealed class ScalarPattern(Func<int, bool> isMember) : IPattern
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches, CancellationToken cancellationToken)
    {
        for (int i = 0; i < text.Length;)
        {
            int scalar = UnicodeClass.ScalarAt(text, i, out int length);
            if (isMember(scalar))
            {
                matches.Add(new PatternMatch(i, i + length));
            }

            i += length;
        }
    }
}

/// <summary>The library's <c>\w+|[^\w\s]+</c>: runs of word characters and runs of characters that are neither word nor white space.</summary>
internal sealed class WordPattern : IPattern
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches, CancellationToken cancellationToken)
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
