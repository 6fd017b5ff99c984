using System.Text;
using System.Text.Json;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using Parquet;
using Parquet.Schema;

namespace AlignService.Worker.Answers;

/// <summary>Answers as a Parquet file: the columns of the JSONL table, with one column score_{source} per source, and messages as JSON text.</summary>
internal static class AnswerParquet
{
    /// <summary>Rows of one row group: a reader holds one at a time.</summary>
    private const int GroupSize = 10_000;

    public static async Task WriteAsync(string path, AnswerTableRows table, CancellationToken cancellationToken)
    {
        Column[] columns = [.. Columns(table)];
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(column => column.Field)), file, cancellationToken: cancellationToken);
        for (int first = 0; first < table.Rows.Count; first += GroupSize)
        {
            Range rows = first..Math.Min(first + GroupSize, table.Rows.Count);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (Column column in columns)
            {
                await column.WriteAsync(group, rows);
            }

            group.CompleteValidate();
        }
    }

    private static IEnumerable<Column> Columns(AnswerTableRows table)
    {
        IReadOnlyList<AnswerRow> rows = table.Rows;
        yield return Numbers("prompt_id", [.. rows.Select(row => row.Prompt.Index)]);
        yield return Numbers("sample", [.. rows.Select(row => row.Sample)]);
        yield return Texts("prompt", [.. rows.Select(row => row.Prompt.Text)]);
        yield return Texts("messages", [.. rows.Select(row => row.Prompt.Messages is { } messages ? Json(messages) : null)]);
        yield return Texts("answer", [.. rows.Select(row => row.Prompt.Answer)]);
        yield return Texts("completion", [.. rows.Select(row => row.Completion)]);
        for (int source = 0; source < table.Sources.Count; source++)
        {
            int index = source;
            yield return Optional($"score_{table.Sources[source]}", [.. rows.Select(row => Scored(row.Scores[index]))]);
        }

        yield return Optional("reward", [.. table.Rewards.Select(Scored)]);
        yield return Optional("passed", [.. table.Passes]);
        yield return Numbers("token_count", [.. rows.Select(row => row.TokenCount)]);
        yield return Texts("finish_reason", [.. rows.Select(row => FinishReasons.NameOf(row.FinishReason))]);
        yield return Numbers("log_prob_sum", [.. rows.Select(row => row.LogProbSum)]);
    }

    private static double? Scored(double value) => double.IsNaN(value) ? null : value;

    private static string Json(IReadOnlyList<PromptMessage> messages)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            AnswerJson.WriteMessages(json, messages);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static Column Numbers<T>(string name, T[] values)
        where T : struct
    {
        DataField field = new DataField<T>(name);
        return new(field, (group, rows) => group.WriteAsync<T>(field, values.AsMemory(rows)));
    }

    private static Column Optional<T>(string name, T?[] values)
        where T : struct
    {
        DataField field = new DataField<T?>(name);
        return new(field, (group, rows) => group.WriteAsync<T>(field, (ReadOnlyMemory<T?>)values.AsMemory(rows)));
    }

    private static Column Texts(string name, string?[] values)
    {
        DataField field = new DataField<string>(name);
        return new(field, (group, rows) => group.WriteAsync(field, values[rows]!));
    }

    private sealed record Column(DataField Field, Func<ParquetRowGroupWriter, Range, Task> WriteAsync);
}
