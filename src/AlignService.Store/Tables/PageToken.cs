using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>Where a page of jobs ended, and of which list: opaque to clients, who must send it back with the same other fields.</summary>
internal sealed record PageToken(long CreateTime, string JobId, string States)
{
    private const int Version = 1;

    public static string Write(Job last, IReadOnlyCollection<JobState> states)
    {
        string json = JsonSerializer.Serialize(new object[] { Version, last.CreateTime.ToMicroseconds(), last.Id.Value, Fingerprint(states) });
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }

    public static PageToken Read(string text, IReadOnlyCollection<JobState> states)
    {
        PageToken token = Parse(text);
        return token.States == Fingerprint(states)
            ? token
            : throw new PageTokenException(
                $"page_token belongs to a list of states [{token.States}], but this request is for [{Fingerprint(states)}]; keep the other fields, or start again without a token.");
    }

    private static PageToken Parse(string text)
    {
        try
        {
            JsonElement json = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(text));
            if (json.GetArrayLength() == 4 && json[0].GetInt32() == Version && Specs.Resources.JobId.TryParseResourceName($"jobs/{json[2].GetString()}", out _))
            {
                return new PageToken(json[1].GetInt64(), json[2].GetString()!, json[3].GetString()!);
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as for a token of another version.
        }

        throw new PageTokenException($"page_token '{text}' is invalid; use next_page_token of the previous page, or start again without a token.");
    }

    private static string Fingerprint(IReadOnlyCollection<JobState> states) => string.Join(",", states.Distinct().Order().Select(state => state.ToText()));
}
