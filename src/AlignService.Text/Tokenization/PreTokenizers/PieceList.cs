namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>A text and its pieces; cutting copies no character.</summary>
internal sealed record PieceList(ReadOnlyMemory<char> Text, List<Piece> Pieces)
{
    public static PieceList Whole(ReadOnlyMemory<char> text, int lead) =>
        new(text, text.Length == 0 ? [] : [new Piece(0, text.Length, lead)]);

    public ReadOnlySpan<char> Span(Piece piece) => Text.Span.Slice(piece.Start, piece.Length);
}
