using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;

namespace AlignService.Store.Rollouts;

/// <summary>Up to where a search has looked, and which: opaque to clients.</summary>
/// <param name="Step">The step that it was in.</param>
/// <param name="Number">The last completion of that step that it has dealt with; -1 is none.</param>
internal sealed record RolloutPageToken(int Step, int Number)
{
    private const int Version = 1;

    public string Write(JobId id, RolloutFilter filter) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object[] { Version, Step, Number, Fingerprint(id, filter) })));

    /// <exception cref="PageTokenException">It is not one, or one of another search.</exception>
    public static RolloutPageToken Read(string text, JobId id, RolloutFilter filter)
    {
        try
        {
            JsonElement json = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(text));
            if (json.GetArrayLength() == 4 && json[0].GetInt32() == Version)
            {
                return json[3].GetString() == Fingerprint(id, filter)
                    ? new RolloutPageToken(json[1].GetInt32(), json[2].GetInt32())
                    : throw new PageTokenException("page_token belongs to a list with another job or filter; keep the other fields, or start again without a token.");
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as for a token of another list.
        }

        throw new PageTokenException($"page_token '{text}' is not one of a list of rollouts; use next_page_token of the previous page, or start again without a token.");
    }

    private static string Fingerprint(JobId id, RolloutFilter filter) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id.Value} {JsonSerializer.Serialize(filter)}")))[..16];
}
