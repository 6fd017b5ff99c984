using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Such as system, user, assistant or tool.</param>
/// <param name="Content">Null only beside tool calls.</param>
public sealed record PromptMessage(string Role, string? Content)
{
    /// <summary>What else the chat template shows of it, such as <c>tool_calls</c> or <c>reasoning_content</c>: a JSON object, as text; null is nothing.</summary>
    public string? FieldsJson { get; init; }

    /// <summary>Whether there is a value for one of the further fields that is not empty.</summary>
    public bool HasField(string name) => Field(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };

    /// <summary>What is wrong with it, to be read after what names it; null where nothing is.</summary>
    public string? FindFault() => Role.Length == 0 ? "has no role; give system, user, assistant or tool"
        : EmbeddedJson.FindFault(FieldsJson, JsonValueKind.Object, "further fields") is { } fault ? $"is wrong: {fault}"
        : (Field("role") ?? Field("content")) is not null ? "has a role or content among its further fields; they have places of their own"
        : Content is null && !HasField("tool_calls") ? "has neither text \"content\" nor \"tool_calls\"; give one of them"
        : null;

    private JsonElement? Field(string name) => FieldsJson is not null && JsonElement.Parse(FieldsJson).TryGetProperty(name, out JsonElement value) ? value : null;
}
