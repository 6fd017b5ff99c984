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

/// <summary>A prompt from one row of a file, using the source's field names.</summary>
internal sealed class PromptRow(DataRow row, PromptSourceConfig source, FieldTemplate? template)
{
    /// <exception cref="DataRowException">The row is not a prompt.</exception>
    public Prompt Read(int index)
    {
        Prompt asked = TurnFields.Prompt(row, (template, source.PromptField, source.MessagesField), index)
            ?? throw new DataRowException($"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" exists (fields: {row.FieldNames}); name the fields in the prompt source");
        Prompt prompt = TurnFields.WithTemplateValues(asked with { Answer = row.Scalar(source.AnswerField), Metadata = Metadata() }, row, source);
        return prompt.FindFault() is string fault ? throw new DataRowException(fault) : prompt;
    }

    private Dictionary<string, string> Metadata() => source.MetadataFields.Count > 0
        ? source.MetadataFields.Distinct().Where(field => row.Value(field) is not null).ToDictionary(field => field, field => row.Scalar(field) ?? row.Value(field)!.Value.GetRawText())
        : row.Fields.Where(IsMetadata).Distinct().ToDictionary(field => field, field => row.Scalar(field)!);

    private bool IsMetadata(string field) =>
        field != source.PromptField && field != source.MessagesField && field != source.AnswerField && field != source.ToolsField && field != source.TemplateArgumentsField
        && row.Scalar(field) is not null;
}

/// <summary>Prompts that cannot be used; the message lists every fault that was found.</summary>
public sealed class PromptDataException(string message) : AlignException(message)
{
    private const int ShownFaults = 20;

    public override string Reason => "prompts_invalid";

    /// <summary>All faults in one message, the first twenty in full.</summary>
    internal static PromptDataException Of(string summary, List<string> faults)
    {
        IEnumerable<string> shown = faults.Take(ShownFaults).Select(fault => $"\n  {fault}");
        string rest = faults.Count > ShownFaults ? $"\n  and {faults.Count - ShownFaults} more" : "";
        return new(summary + string.Concat(shown) + rest);
    }
}
