using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Resources;

/// <summary>Where a page of resources ended: opaque to clients.</summary>
internal static class ResourcePageToken
{
    private const int Version = 1;

    public static string Write(StoredName last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object[] { Version, last.ResourceName })));

    /// <returns>The last id of the page before.</returns>
    /// <exception cref="PageTokenException">It is not a token of this collection.</exception>
    public static string Read(string text, string collection)
    {
        try
        {
            JsonElement json = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(text));
            if (json.GetArrayLength() == 2 && json[0].GetInt32() == Version && StoredName.TryParse(json[1].GetString() ?? "", collection, out StoredName last))
            {
                return last.Id;
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as for a token of another list.
        }

        throw new PageTokenException($"page_token '{text}' is not one of a list of {collection}; use next_page_token of the previous page, or start again without a token.");
    }
}
