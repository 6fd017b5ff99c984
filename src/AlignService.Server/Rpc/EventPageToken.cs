using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Server.Rpc;

/// <summary>Where a page of events ended, and of which list: opaque to clients.</summary>
internal static class EventPageToken
{
    private const int Version = 1;

    public static string Write(long cursor, JobId id, EventFilter filter) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object[] { Version, cursor, ListOf(id, filter) })));

    /// <returns>The last cursor of the page before.</returns>
    /// <exception cref="PageTokenException">It is not a token of this list.</exception>
    public static long Read(string text, JobId id, EventFilter filter)
    {
        try
        {
            JsonElement json = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(text));
            if (json.GetArrayLength() == 3 && json[0].GetInt32() == Version && json[2].GetString() == ListOf(id, filter))
            {
                return json[1].GetInt64();
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as for a token of another list.
        }

        throw new PageTokenException($"page_token '{text}' is not one of this list of events; use next_page_token of the previous page with the same other fields, or start again without a token.");
    }

    private static string ListOf(JobId id, EventFilter filter) => $"{id.Value} {filter.Steps.First}-{filter.Steps.Last} {string.Join(',', filter.Kinds)}";
}
