namespace AlignService.Text.Tokenization.PostProcessors;

/// <summary>Adds the special tokens around an encoded text.</summary>
internal interface IPostProcessor
{
    List<int> Process(List<int> ids, bool addSpecialTokens);
}
