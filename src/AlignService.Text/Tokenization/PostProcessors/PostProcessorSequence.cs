namespace AlignService.Text.Tokenization.PostProcessors;

internal sealed class PostProcessorSequence(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    internal IReadOnlyList<IPostProcessor> Processors => processors;

    public List<int> Process(List<int> ids, bool addSpecialTokens)
    {
        foreach (IPostProcessor processor in processors)
        {
            ids = processor.Process(ids, addSpecialTokens);
        }

        return ids;
    }
}
