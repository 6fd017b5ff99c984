namespace AlignService.Text.Tokenization.Subwords;

internal readonly record struct Merge(int Rank, int Id);
