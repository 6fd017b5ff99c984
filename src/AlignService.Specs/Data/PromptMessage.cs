using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Such as system, user, assistant or tool.</param>
/// <param name="Content">Null only with tool calls.</param>
public sealed record PromptMessage(string Role, string? Content)
{
    /// <summary>Its other fields that the chat template may show, such as <c>tool_calls</c> or <c>reasoning_content</c>: a JSON object, as text; null is nothing.</summary>
    public string? FieldsJson { get; init; }

    /// <summary>Whether one of the further fields has a value that is not empty.</summary>
    public bool HasField(string name) => Field(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };

    /// <summary>What is wrong with it, as a predicate; null where it is valid.</summary>
    public string? FindFault() => Role.Length == 0 ? "has no role; give system, user, assistant or tool"
        : EmbeddedJson.FindFault(FieldsJson, JsonValueKind.Object, "further fields") is { } fault ? $"is wrong: {fault}"
        : (Field("role") ?? Field("content")) is not null ? "has role or content in its further fields; set them in role and content"
        : Content is null && !HasField("tool_calls") ? "has neither text \"content\" nor \"tool_calls\"; give one of them"
        : null;

    private JsonElement? Field(string name) => FieldsJson is not null && JsonElement.Parse(FieldsJson).TryGetProperty(name, out JsonElement value) ? value : null;
}
