using AlignService.Specs.Data;

namespace AlignService.Specs.Examples;

/// <summary>Reads examples from a file, using the source's field names.</summary>
public static class ExampleFile
{
    /// <summary>The examples of a source, in order; inline ones are returned unchanged.</summary>
    /// <exception cref="DataException">The source cannot be used: all faulty rows are listed, with line numbers.</exception>
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
                $"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" exists (fields: {string.Join(", ", row.Fields)}); name the fields in the source");
        }

        if (prompt.Text is not null && completion is null)
        {
            throw new DataRowException($"\"{source.CompletionField}\" does not exist (fields: {string.Join(", ", row.Fields)}); name the field in completion_field");
        }

        Example example = new(TurnFields.WithTemplateValues(prompt, row, source), completion);
        return example.FindFault() is { } fault ? throw new DataRowException(fault) : example;
    }
}
