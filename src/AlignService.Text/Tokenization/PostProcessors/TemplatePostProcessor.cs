namespace AlignService.Text.Tokenization.PostProcessors;

/// <summary>A row of special tokens and of the text itself.</summary>
/// <param name="parts">The ids of a special token; null for the text.</param>
internal sealed class TemplatePostProcessor(IReadOnlyList<int[]?> parts) : IPostProcessor
{
    internal bool AddsTokens => parts.Any(part => part is not null);

    public List<int> Process(List<int> ids, bool addSpecialTokens)
    {
        var processed = new List<int>(ids.Count + parts.Count);
        foreach (int[]? special in parts)
        {
            if (special is null)
            {
                processed.AddRange(ids);
            }
            else if (addSpecialTokens)
            {
                processed.AddRange(special);
            }
        }

        return processed;
    }
}
