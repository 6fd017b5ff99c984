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
            pattern.FindMatches(input.Span(piece), matches, input.Cancellation);
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

/// <summary>A range of a <see cref="PieceList"/>'s text, never empty.</summary>
/// <param name="Lead">How many units at its start come from the first character of the whole input; 0: it starts after that.</param>
internal readonly record struct Piece(int Start, int Length, int Lead);

/// <summary>A text and its pieces; splitting copies no characters.</summary>
internal sealed record PieceList(ReadOnlyMemory<char> Text, List<Piece> Pieces)
{
    public static PieceList Whole(ReadOnlyMemory<char> text, int lead) =>
        new(text, text.Length == 0 ? [] : [new Piece(0, text.Length, lead)]);

    /// <summary>Nobody waits for the pieces any more.</summary>
    public CancellationToken Cancellation { get; init; }

    public ReadOnlySpan<char> Span(Piece piece) => Text.Span.Slice(piece.Start, piece.Length);
}

/// <summary>Writes a new text piece by piece, for the pre-tokenizers that change characters.</summary>
internal sealed class PieceWriter(int capacity)
{
    private readonly List<Piece> _pieces = [];
    private char[] _text = new char[capacity];
    private int _length;
    private int _start;

    public void Append(char unit)
    {
        Reserve(1)[0] = unit;
        _length++;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        text.CopyTo(Reserve(text.Length));
        _length += text.Length;
    }

    /// <summary>Space for that many units after what is written; <see cref="Advance"/> sets how many were used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<char> Reserve(int count)
    {
        if (_length + count > _text.Length)
        {
            Array.Resize(ref _text, Math.Max(_length + count, _text.Length * 2));
        }

        return _text.AsSpan(_length);
    }

    public void Advance(int count) => _length += count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndPiece(int lead)
    {
        if (_length > _start)
        {
            _pieces.Add(new Piece(_start, _length - _start, lead));
        }

        _start = _length;
    }

    public PieceList Finish() => new(_text.AsMemory(0, _length), _pieces);
}
