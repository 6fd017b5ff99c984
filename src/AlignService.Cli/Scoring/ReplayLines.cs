using System.Text.Encodings.Web;
using System.Text.Json;

namespace AlignService.Cli.Scoring;

/// <summary>Replayed rollouts as JSONL, old and new beside each other. "No score" is null.</summary>
/// <param name="target">Receives the lines.</param>
/// <param name="oldSources">Names of the job's rewards, in the order of the old scores.</param>
/// <param name="newSources">Of the others.</param>
internal sealed class ReplayLines(Stream target, IReadOnlyList<string> oldSources, IReadOnlyList<string> newSources)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(ReplayedRollout row)
    {
        using (Utf8JsonWriter json = new(target, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("step", row.Before.Step);
            json.WriteNumber("number", row.Before.Number);
            json.WriteNumber("group", row.Before.Group);
            json.WriteString("prompt", row.Before.PromptText);
            json.WriteString("completion", row.Before.Completion);
            Write(json, "old_scores", oldSources, row.Before.Scores);
            Write(json, "scores", newSources, row.Scores);
            Write(json, "old_reward", row.Before.Reward);
            Write(json, "reward", row.Reward);
            Write(json, "old_advantage", row.Before.Advantage);
            Write(json, "advantage", row.Advantage ?? double.NaN);
            json.WriteNumber("old_rank", row.OldRank);
            json.WriteNumber("rank", row.NewRank);
            json.WriteEndObject();
        }

        target.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> sources, IReadOnlyList<double> scores)
    {
        json.WriteStartObject(name);
        foreach ((string source, double score) in sources.Zip(scores))
        {
            Write(json, source, score);
        }

        json.WriteEndObject();
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
