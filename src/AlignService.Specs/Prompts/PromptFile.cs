using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>Reads prompts from a file, the fields by the names that the source gives.</summary>
public static class PromptFile
{
    /// <summary>The prompts of a source, in order; those given inline are only checked.</summary>
    /// <exception cref="DataException">The file cannot be used: all rows at fault are listed, with line numbers.</exception>
    /// <exception cref="PromptDataException">The source has no prompt.</exception>
    public static IReadOnlyList<Prompt> Load(PromptSourceConfig source)
    {
        if (source.File is string file)
        {
            return DataFile.Read(file, source.Limit, (row, index) => new PromptRow(row, source).Read(index));
        }

        return source.Inline.Count == 0
            ? throw new PromptDataException("The prompt source names no file and holds no inline prompt; give one of the two.")
            : source.Limit > 0 ? [.. source.Inline.Take(source.Limit)] : source.Inline;
    }
}
