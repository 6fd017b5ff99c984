using AlignService.Specs.Data;

namespace AlignService.Specs.Examples;

/// <summary>Reads examples from a file, the fields by the names that the source gives.</summary>
public static class ExampleFile
{
    /// <summary>The examples of a source, in order; those given inline come as they are.</summary>
    /// <exception cref="DataException">The source cannot be used: all rows at fault are listed, with line numbers.</exception>
    public static IReadOnlyList<Example> Load(ExampleSourceConfig source) =>
        DataSource.Load(source.File, source.Inline, source.Limit, (row, index) => Read(row, source, index));

    private static Example Read(DataRow row, ExampleSourceConfig source, int index)
    {
        Prompt? prompt = TurnFields.Prompt(row, source.PromptField, index);
        string? completion = prompt is null ? null : TurnFields.Answer(row, source.CompletionField);
        prompt ??= row.Messages(source.MessagesField) is { } messages ? new Prompt(index, null, messages, null) : null;
        if (prompt is null)
        {
            throw new DataRowException(
                $"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" is there (fields: {string.Join(", ", row.Fields)}); name the fields in the source");
        }

        if (prompt.Text is not null && completion is null)
        {
            throw new DataRowException($"\"{source.CompletionField}\" is not there (fields: {string.Join(", ", row.Fields)}); name the field in completion_field");
        }

        Example example = new(TurnFields.WithTemplateValues(prompt, row, source), completion);
        return example.FindFault() is { } fault ? throw new DataRowException(fault) : example;
    }
}
