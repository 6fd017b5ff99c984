namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>Cuts pieces of text into smaller ones, beyond which no token reaches.</summary>
internal interface IPreTokenizer
{
    PieceList Apply(PieceList input);
}
