using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Prompts;

/// <summary>Reads prompts from a file, using the source's field names.</summary>
public static class PromptFile
{
    /// <summary>The prompts of a source, in order; inline ones are only checked.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="policy">Which files may be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DataException">The file cannot be used: all faulty rows are listed, with line numbers.</exception>
    /// <exception cref="PromptDataException">The source has no prompts.</exception>
    public static IReadOnlyList<Prompt> Load(PromptSourceConfig source, FilePolicy policy, CancellationToken cancellationToken)
    {
        if (source.File is string file)
        {
            FieldTemplate? template = FieldTemplate.Parse(source.PromptTemplate);
            RowQuery query = new(file, source.Limit) { Fields = Fields(source, template) };
            return DataFile.Read(query, policy, (row, index) => new PromptRow(row, source, template).Read(index), cancellationToken);
        }

        return source.Inline.Count == 0
            ? throw new PromptDataException("The prompt source has neither a file nor inline prompts; give one of the two.")
            : source.Limit > 0 ? [.. source.Inline.Take(source.Limit)] : source.Inline;
    }

    /// <summary>The held-out part of a source, and the rest.</summary>
    /// <exception cref="DataException">One of the two is empty.</exception>
    public static (IReadOnlyList<Prompt> Training, IReadOnlyList<Prompt> HeldOut) Split(IReadOnlyList<Prompt> prompts, PromptSourceConfig source) =>
        HeldOutSplit.Of(prompts, source, prompt => prompt);

    /// <summary>Without names for the metadata, every field may be one.</summary>
    private static string[]? Fields(PromptSourceConfig source, FieldTemplate? template) => source.MetadataFields.Count == 0
        ? null
        : [source.PromptField, source.MessagesField, source.AnswerField, source.ToolsField, source.TemplateArgumentsField, .. source.MetadataFields, .. template?.Fields ?? []];
}
