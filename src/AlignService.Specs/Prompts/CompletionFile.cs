using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Prompts;

/// <summary>A completion that was given, not sampled.</summary>
/// <param name="Prompt">With the answer that rewards compare with.</param>
/// <param name="Completion">Text as rewards read it.</param>
/// <param name="Truncated">Whether the row says that it ended at its token limit.</param>
public sealed record GivenCompletion(Prompt Prompt, string Completion, bool Truncated);

/// <summary>Reads prompts with their completions from a file; also the table of an evaluation job.</summary>
public static class CompletionFile
{
    /// <summary>The field that says why a completion ended, where there is one.</summary>
    private const string FinishReason = "finish_reason";

    /// <param name="source">Which file, and the names of the prompt's fields.</param>
    /// <param name="completionField">Name of the completion's field: text, or one message of the role assistant.</param>
    /// <param name="policy">Which files may be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DataException">The file cannot be used: all faulty rows are listed, with their numbers.</exception>
    public static IReadOnlyList<GivenCompletion> Load(PromptSourceConfig source, string completionField, FilePolicy policy, CancellationToken cancellationToken)
    {
        FieldTemplate? template = FieldTemplate.Parse(source.PromptTemplate);
        return DataFile.Read(new RowQuery(source.File ?? "", source.Limit), policy, (row, index) => Read(row, index, (source, template), completionField), cancellationToken);
    }

    /// <exception cref="DataRowException">The row has no prompt or no completion.</exception>
    private static GivenCompletion Read(DataRow row, int index, (PromptSourceConfig Source, FieldTemplate? Template) prompt, string completionField)
    {
        Prompt read = new PromptRow(row, prompt.Source, prompt.Template).Read(index);
        string completion = Empty(row, completionField) ?? TurnFields.Answer(row, completionField)
            ?? throw new DataRowException($"\"{completionField}\" does not exist (fields: {row.FieldNames}); name the field with the completion");
        bool truncated = row.Value(FinishReason) is not null && row.Text(FinishReason) == "length";
        return new GivenCompletion(read with { Metadata = read.Metadata.Where(field => field.Key != completionField).ToDictionary() }, completion, truncated);
    }

    /// <summary>A model may say nothing, which is an answer too.</summary>
    private static string? Empty(DataRow row, string field) => row.Value(field) is { ValueKind: JsonValueKind.String } value && value.GetString() is "" ? "" : null;
}
