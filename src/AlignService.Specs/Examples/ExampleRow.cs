using AlignService.Specs.Data;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Examples;

/// <summary>Reads an example from a row, by the source's field names.</summary>
internal sealed class ExampleRow(ExampleSourceConfig source)
{
    private readonly FieldTemplate? _prompt = FieldTemplate.Parse(source.PromptTemplate);
    private readonly FieldTemplate? _completion = FieldTemplate.Parse(source.CompletionTemplate);

    /// <summary>The fields that are read.</summary>
    public IReadOnlyCollection<string> Fields =>
    [
        source.PromptField, source.CompletionField, source.MessagesField, source.TextField, source.ToolsField, source.TemplateArgumentsField,
        .. _prompt?.Fields ?? [], .. _completion?.Fields ?? [],
    ];

    /// <exception cref="DataRowException">The row is not an example.</exception>
    public Example Read(DataRow row, int index)
    {
        Example read = Find(row, index);
        Example example = read with { Prompt = TurnFields.WithTemplateValues(read.Prompt, row, source) };
        return example.FindFault() is { } fault ? throw new DataRowException(fault) : example;
    }

    private Example Find(DataRow row, int index)
    {
        bool isConversation = _prompt is null && (source.PromptField == source.MessagesField || row.Value(source.PromptField) is null);
        if (TurnFields.Prompt(row, (_prompt, source.PromptField, source.MessagesField), index) is { } prompt)
        {
            string? completion = isConversation ? null : _completion is null ? TurnFields.Answer(row, source.CompletionField) : _completion.Fill(row);
            return prompt.Text is null || completion is not null
                ? new Example(prompt, completion)
                : throw new DataRowException($"\"{source.CompletionField}\" does not exist (fields: {row.FieldNames}); name the field in completion_field");
        }

        return row.Text(source.TextField) is { } text
            ? new Example(new Prompt(index, text, null, null), null) { IsWholeText = true }
            : throw new DataRowException($"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" exists (fields: {row.FieldNames}); name the fields in the source");
    }
}
