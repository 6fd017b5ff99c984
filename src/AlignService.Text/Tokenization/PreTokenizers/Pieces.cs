using System.Runtime.CompilerServices;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>A range of a <see cref="PieceList"/>'s text, never empty.</summary>
/// <param name="Lead">How many units at its start come from the first character of the whole input; 0: it starts after that.</param>
internal readonly record struct Piece(int Start, int Length, int Lead);

/// <summary>A text and its pieces; splitting copies no characters.</summary>
internal sealed record PieceList(ReadOnlyMemory<char> Text, List<Piece> Pieces)
{
    public static PieceList Whole(ReadOnlyMemory<char> text, int lead) =>
        new(text, text.Length == 0 ? [] : [new Piece(0, text.Length, lead)]);

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
