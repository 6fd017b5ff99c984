namespace AlignService.Model.Tokenization.PreTokenizers;

/// <summary>A range of a <see cref="PieceList"/>'s text, never empty.</summary>
/// <param name="AtTextStart">The piece begins where the whole input begins.</param>
internal readonly record struct Piece(int Start, int Length, bool AtTextStart);
