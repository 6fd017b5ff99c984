using System.Text.Encodings.Web;
using System.Text.Json;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;

namespace AlignService.Worker.Answers;

/// <summary>
/// Answers as JSONL, one object per answer. A number is written so that it reads back to the same bits: the file is also what an interrupted evaluation
/// continues from.
/// </summary>
public static class AnswerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(string path, AnswerTableRows table)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, Options);
        for (int row = 0; row < table.Rows.Count; row++)
        {
            Write(json, table, row);
            json.Flush();
            json.Reset();
            file.WriteByte((byte)'\n');
        }
    }

    /// <summary>The messages of a prompt as the table shows them; the data readers read them again.</summary>
    public static void WriteMessages(Utf8JsonWriter json, IReadOnlyList<PromptMessage> messages)
    {
        json.WriteStartArray();
        foreach (PromptMessage message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            if (message.FieldsJson is { } fields)
            {
                foreach (JsonProperty field in JsonElement.Parse(fields).EnumerateObject())
                {
                    field.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <param name="path">A file that <see cref="Write(string, AnswerTableRows)"/> wrote.</param>
    /// <param name="promptOf">The prompt of a row, by the row's place.</param>
    /// <param name="sources">Names of the reward sources, in the order of the scores.</param>
    /// <exception cref="CheckpointException">It cannot be read, or is of another evaluation.</exception>
    public static IReadOnlyList<AnswerRow> Read(string path, Func<int, Prompt?> promptOf, IReadOnlyList<string> sources)
    {
        try
        {
            return [.. File.ReadLines(path).Select((line, place) => Read(JsonElement.Parse(line), promptOf(place), sources))];
        }
        catch (Exception fault) when (fault is JsonException or IOException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message} Resume from an older checkpoint.", fault);
        }
    }

    private static AnswerRow Read(JsonElement row, Prompt? prompt, IReadOnlyList<string> sources)
    {
        int id = row.GetProperty("prompt_id").GetInt32();
        if (prompt?.Index != id)
        {
            throw new FormatException($"it has an answer to prompt {id}, which is not the prompt of that place: the prompts are not those that the evaluation began with.");
        }

        JsonElement scores = row.GetProperty("scores");
        return new AnswerRow(prompt, row.GetProperty("sample").GetInt32(), row.GetProperty("completion").GetString() ?? "")
        {
            Scores = [.. sources.Select(source => scores.GetProperty(source) is { ValueKind: JsonValueKind.Number } score ? score.GetDouble() : double.NaN)],
            TokenCount = row.GetProperty("token_count").GetInt32(),
            FinishReason = FinishReasons.Parse(row.GetProperty("finish_reason").GetString()) ?? throw new FormatException("a finish_reason is unknown."),
            LogProbSum = row.GetProperty("log_prob_sum").GetDouble(),
        };
    }

    private static void Write(Utf8JsonWriter json, AnswerTableRows table, int place)
    {
        AnswerRow row = table.Rows[place];
        json.WriteStartObject();
        json.WriteNumber("prompt_id", row.Prompt.Index);
        json.WriteNumber("sample", row.Sample);
        if (row.Prompt.Messages is { } messages)
        {
            json.WritePropertyName("messages");
            WriteMessages(json, messages);
        }
        else
        {
            json.WriteString("prompt", row.Prompt.Text);
        }

        json.WriteString("answer", row.Prompt.Answer);
        json.WriteString("completion", row.Completion);
        json.WriteStartObject("scores");
        for (int source = 0; source < table.Sources.Count; source++)
        {
            WriteNumber(json, table.Sources[source], row.Scores[source]);
        }

        json.WriteEndObject();
        WriteNumber(json, "reward", table.Rewards[place]);
        json.WritePropertyName("passed");
        JsonSerializer.Serialize(json, table.Passes[place]);
        json.WriteNumber("token_count", row.TokenCount);
        json.WriteString("finish_reason", FinishReasons.NameOf(row.FinishReason));
        json.WriteNumber("log_prob_sum", row.LogProbSum);
        json.WriteEndObject();
    }

    /// <summary>"No score" is null.</summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsNaN(value))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }
}
