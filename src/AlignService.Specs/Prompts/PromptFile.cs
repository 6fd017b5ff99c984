using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>Reads prompts from a file, using the source's field names.</summary>
public static class PromptFile
{
    /// <summary>The prompts of a source, in order; inline ones are only checked.</summary>
    /// <exception cref="DataException">The file cannot be used: all faulty rows are listed, with line numbers.</exception>
    /// <exception cref="PromptDataException">The source has no prompts.</exception>
    public static IReadOnlyList<Prompt> Load(PromptSourceConfig source)
    {
        if (source.File is string file)
        {
            return DataFile.Read(file, source.Limit, (row, index) => new PromptRow(row, source).Read(index));
        }

        return source.Inline.Count == 0
            ? throw new PromptDataException("The prompt source has neither a file nor inline prompts; give one of the two.")
            : source.Limit > 0 ? [.. source.Inline.Take(source.Limit)] : source.Inline;
    }
}
