using AlignService.Training.Data;

namespace AlignService.Training.Prompts;

/// <summary>A prompt from one row of a file, the fields by the names that the source gives.</summary>
internal sealed class PromptRow(DataRow row, PromptSourceConfig source)
{
    /// <exception cref="DataRowException">The row is no prompt.</exception>
    public Prompt Read(int index)
    {
        string? text = row.Text(source.PromptField);
        IReadOnlyList<PromptMessage>? messages = text is null ? row.Messages(source.MessagesField) : null;
        if (text is null && messages is null)
        {
            throw new DataRowException(
                $"neither \"{source.PromptField}\" nor \"{source.MessagesField}\" is there (fields: {string.Join(", ", row.Fields)}); name the fields in the prompt source");
        }

        return new Prompt(index, text, messages, row.Scalar(source.AnswerField)) { Metadata = Metadata() };
    }

    private Dictionary<string, string> Metadata() => row.Fields
        .Where(field => field != source.PromptField && field != source.MessagesField && field != source.AnswerField && row.Scalar(field) is not null)
        .Distinct()
        .ToDictionary(field => field, field => row.Scalar(field)!);
}
