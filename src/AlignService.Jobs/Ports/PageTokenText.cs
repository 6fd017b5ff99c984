using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace AlignService.Jobs.Ports;

/// <summary>Page tokens as text, opaque to clients: where a page ended and of which list, as JSON in base64url.</summary>
public static class PageTokenText
{
    /// <param name="version">Of the token's form.</param>
    /// <param name="values">Numbers, text and null.</param>
    public static string Write(int version, params object?[] values) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize<object?[]>([version, .. values])));

    /// <param name="text">What a client sent.</param>
    /// <param name="version">Of the token's form.</param>
    /// <param name="count">How many values it has.</param>
    /// <param name="read">Of the values; null, or a value of another kind, is no token of the list.</param>
    /// <param name="what">What it is not one of: a list of models.</param>
    /// <exception cref="PageTokenException">It is something else.</exception>
    public static T Read<T>(string text, int version, int count, Func<IReadOnlyList<JsonElement>, T?> read, string what)
        where T : class
    {
        try
        {
            JsonElement[] values = [.. JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(text)).EnumerateArray()];
            if (values.Length == count + 1 && values[0].GetInt32() == version && read(values[1..]) is { } token)
            {
                return token;
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as for a token of another list.
        }

        throw new PageTokenException($"page_token '{text}' is not one of {what}; use next_page_token of the previous page with the same other fields, or start again without a token.");
    }
}
