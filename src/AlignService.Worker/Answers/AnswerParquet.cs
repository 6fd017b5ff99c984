using System.Text;
using System.Text.Json;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Store.Columns;

namespace AlignService.Worker.Answers;

/// <summary>Answers as a Parquet file: the columns of the JSONL table, with one column score_{source} per source, and messages as JSON text.</summary>
internal static class AnswerParquet
{
    /// <summary>Rows of one row group: a reader holds one at a time.</summary>
    private const int GroupSize = 10_000;

    public static async Task WriteAsync(string path, AnswerTableRows table, CancellationToken cancellationToken)
    {
        await using FileStream file = File.Create(path);
        await ColumnFile.WriteAsync(file, [.. Columns(table)], table.Rows.Count, GroupSize, cancellationToken);
    }

    private static IEnumerable<TableColumn> Columns(AnswerTableRows table)
    {
        IReadOnlyList<AnswerRow> rows = table.Rows;
        yield return TableColumn.Numbers("prompt_id", (int[])[.. rows.Select(row => row.Prompt.Index)]);
        yield return TableColumn.Numbers("sample", (int[])[.. rows.Select(row => row.Sample)]);
        yield return TableColumn.Texts("prompt", [.. rows.Select(row => row.Prompt.Text)]);
        yield return TableColumn.Texts("messages", [.. rows.Select(row => row.Prompt.Messages is { } messages ? Json(messages) : null)]);
        yield return TableColumn.Texts("answer", [.. rows.Select(row => row.Prompt.Answer)]);
        yield return TableColumn.Texts("completion", [.. rows.Select(row => row.Completion)]);
        for (int source = 0; source < table.Sources.Count; source++)
        {
            int index = source;
            yield return TableColumn.Scores($"score_{table.Sources[source]}", rows.Select(row => row.Scores[index]));
        }

        yield return TableColumn.Scores("reward", table.Rewards);
        yield return TableColumn.Optional("passed", (bool?[])[.. table.Passes]);
        yield return TableColumn.Numbers("token_count", (int[])[.. rows.Select(row => row.TokenCount)]);
        yield return TableColumn.Texts("finish_reason", [.. rows.Select(row => FinishReasons.NameOf(row.FinishReason))]);
        yield return TableColumn.Numbers("log_prob_sum", (double[])[.. rows.Select(row => row.LogProbSum)]);
    }

    private static string Json(IReadOnlyList<PromptMessage> messages)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            AnswerJson.WriteMessages(json, messages);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
