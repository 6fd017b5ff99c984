using AlignService.Specs.Data;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Prompts;

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
