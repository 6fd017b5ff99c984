using System.Text.Json;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>JSON that a job holds as text, and the names of its kinds.</summary>
internal static class EmbeddedJson
{
#pragma warning disable CA1308 // JSON's own names are lower case
    public static string Word(JsonValueKind kind) => kind.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>What is wrong with it; null where it is valid.</summary>
    /// <param name="text">Null is valid.</param>
    /// <param name="kind">The required kind.</param>
    /// <param name="what">Its name in messages.</param>
    public static string? FindFault(string? text, JsonValueKind kind, string what)
    {
        try
        {
            if (text is null)
            {
                return null;
            }

            JsonElement json = JsonElement.Parse(text);
            return json.ValueKind != kind ? $"its {what} are not a JSON {Word(kind)}"
                : RowJson.FindFault(json) is { } fault ? $"its {what} are not valid: {fault}"
                : null;
        }
        catch (JsonException fault)
        {
            return $"its {what} are not JSON: {fault.Message}";
        }
    }
}
