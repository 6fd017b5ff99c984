using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>Splits at the matches of a pattern. Text between matches is also a piece.</summary>
/// <param name="invert">Use the text between the pattern's matches as matches.</param>
internal sealed class SplitPreTokenizer(IPattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public PieceList Apply(PieceList input)
    {
        var pieces = new List<Piece>(input.Text.Length / 4);
        var matches = new List<PatternMatch>();
        var parts = new List<Part>();
        foreach (Piece piece in input.Pieces)
        {
            matches.Clear();
            pattern.FindMatches(input.Span(piece), matches);
            if (behavior == SplitBehavior.Isolated)
            {
                Isolate(piece, matches, pieces);
                continue;
            }

            parts.Clear();
            Cover(matches, piece.Length, parts);
            Cut(piece, parts, pieces);
        }

        return input with { Pieces = pieces };
    }

    // The common case on its own: every match is a piece, and so is what lies between.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Isolate(Piece piece, List<PatternMatch> matches, List<Piece> pieces)
    {
        int from = 0;
        foreach (PatternMatch match in matches)
        {
            Add(piece, from, match.Start, pieces);
            Add(piece, match.Start, match.End, pieces);
            from = match.End;
        }

        Add(piece, from, piece.Length, pieces);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Piece piece, int start, int end, List<Piece> pieces)
    {
        if (end > start)
        {
            pieces.Add(new Piece(piece.Start + start, end - start, Math.Clamp(piece.Lead - start, 0, end - start)));
        }
    }

    private void Cover(List<PatternMatch> matches, int length, List<Part> parts)
    {
        int from = 0;
        foreach (PatternMatch match in matches)
        {
            if (match.Start > from)
            {
                parts.Add(new Part(from, match.Start, invert));
            }

            parts.Add(new Part(match.Start, match.End, !invert));
            from = match.End;
        }

        if (from < length)
        {
            parts.Add(new Part(from, length, invert));
        }
    }

    private void Cut(Piece piece, List<Part> parts, List<Piece> pieces)
    {
        int start = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            if (i + 1 < parts.Count && IsMerged(parts, i))
            {
                continue;
            }

            if (!(behavior == SplitBehavior.Removed && parts[i].IsMatch))
            {
                Add(piece, start, parts[i].End, pieces);
            }

            start = parts[i].End;
        }
    }

    // Whether a part stays together with the next one.
    private bool IsMerged(List<Part> parts, int index)
    {
        bool isMatch = parts[index].IsMatch;
        bool nextIsMatch = parts[index + 1].IsMatch;
        return behavior switch
        {
            SplitBehavior.Contiguous => isMatch == nextIsMatch,
            SplitBehavior.MergedWithPrevious => nextIsMatch && !isMatch,
            SplitBehavior.MergedWithNext => isMatch && !nextIsMatch,
            _ => false,
        };
    }

    private readonly record struct Part(int Start, int End, bool IsMatch);
}

/// <summary>What happens to the matches that a text is split at.</summary>
internal enum SplitBehavior
{
    Isolated,
    Removed,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
