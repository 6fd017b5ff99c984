using System.Text.Encodings.Web;
using System.Text.Json;
using AlignService.Worker.Answers;
using AlignService.Worker.Scoring;

namespace AlignService.Cli.Scoring;

/// <summary>Scored completions as JSONL: each row's prompt, answer and completion with a score per source. "No score" is null.</summary>
/// <param name="target">Receives the lines.</param>
/// <param name="sources">[K] names of the reward sources.</param>
/// <param name="countsSuccess">Whether rows say if they pass.</param>
internal sealed class ScoreLines(Stream target, IReadOnlyList<string> sources, bool countsSuccess)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(ScoredCompletion row)
    {
        using (Utf8JsonWriter json = new(target, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("prompt_id", row.Given.Prompt.Index);
            if (row.Given.Prompt.Messages is { } messages)
            {
                json.WritePropertyName("messages");
                AnswerJson.WriteMessages(json, messages);
            }
            else
            {
                json.WriteString("prompt", row.Given.Prompt.Text);
            }

            json.WriteString("answer", row.Given.Prompt.Answer);
            json.WriteString("completion", row.Given.Completion);
            json.WriteStartObject("scores");
            for (int source = 0; source < sources.Count; source++)
            {
                Write(json, sources[source], row.Scores[source]);
            }

            json.WriteEndObject();
            Write(json, "reward", row.Reward);
            if (countsSuccess)
            {
                json.WritePropertyName("passed");
                JsonSerializer.Serialize(json, row.Passed);
            }

            json.WriteNumber("token_count", row.TokenCount);
            json.WriteEndObject();
        }

        target.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
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
