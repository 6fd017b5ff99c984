namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>A range of a <see cref="PieceList"/>'s text, never empty.</summary>
/// <param name="Lead">How many units at its front stand for the first character of the whole input; 0: it begins behind that.</param>
internal readonly record struct Piece(int Start, int Length, int Lead);
