using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>JSON that a job holds as text, and its kinds in words.</summary>
internal static class EmbeddedJson
{
#pragma warning disable CA1308 // JSON's own names are lower case
    public static string Word(JsonValueKind kind) => kind.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>What is wrong with it; null where nothing is.</summary>
    /// <param name="text">Null is fine.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="what">It, in words.</param>
    public static string? FindFault(string? text, JsonValueKind kind, string what)
    {
        try
        {
            return text is null || JsonElement.Parse(text).ValueKind == kind ? null : $"its {what} are no JSON {Word(kind)}";
        }
        catch (JsonException fault)
        {
            return $"its {what} are not JSON: {fault.Message}";
        }
    }
}
