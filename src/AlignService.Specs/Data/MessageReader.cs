using System.Text.Json;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>Messages of data rows: role, content, and whatever else a chat template may show.</summary>
internal static class MessageReader
{
    private const string Role = "role", Content = "content";

    /// <param name="message">An object with a role, and with content unless it has tool calls.</param>
    /// <param name="place">Which message it is, for error messages.</param>
    /// <exception cref="DataRowException">It is something else.</exception>
    public static PromptMessage Read(JsonElement message, string place)
    {
        string role = Text(message, place, Role) ?? throw HasNo(place, Role);
        PromptMessage read = new(role, Text(message, place, Content)) { FieldsJson = Fields(message) };
        return read.FindFault() is { } fault ? throw new DataRowException($"{place} {fault}") : read;
    }

    /// <summary>Whether it looks like a message: an object with a role.</summary>
    public static bool IsMessage(JsonElement json) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(Role, out _);

    private static string? Text(JsonElement message, string place, string name) =>
        message.ValueKind != JsonValueKind.Object ? throw HasNo(place, name)
        : !message.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new DataRowException($"{place} has a \"{name}\" that is a JSON {EmbeddedJson.Word(value.ValueKind)}, but text is expected; write it as the model should read it");

    /// <summary>Without nulls, which columns hold for rows without a value.</summary>
    private static string? Fields(JsonElement message)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (JsonProperty field in message.EnumerateObject().Where(field => field.Name is not (Role or Content) && field.Value.ValueKind != JsonValueKind.Null))
        {
            fields[field.Name] = field.Value;
        }

        return fields.Count == 0 ? null : JsonSerializer.Serialize(fields);
    }

    private static DataRowException HasNo(string place, string name) => new($"{place} has no text in \"{name}\"");
}
