namespace AlignService.Text.Tokenization.PreTokenizers;

internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    public PieceList Apply(PieceList input)
    {
        foreach (IPreTokenizer preTokenizer in preTokenizers)
        {
            input = preTokenizer.Apply(input);
        }

        return input;
    }
}
