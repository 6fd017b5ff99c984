using System.Text.Json;
using AlignService.Specs.Binding;

namespace AlignService.Specs.Data;

/// <summary>What the policy answers: plain text, or messages that its chat template renders.</summary>
/// <param name="Index">Index in its source; part of the key of its random streams.</param>
/// <param name="Text">Plain text, encoded with the tokenizer's special tokens; null where messages are given.</param>
/// <param name="Messages">Rendered by the policy's chat template; null where text is given.</param>
/// <param name="Answer">The known answer, for rewards that compare with it.</param>
[WireData(typeof(PromptWire))]
public sealed record Prompt(int Index, string? Text, IReadOnlyList<PromptMessage>? Messages, string? Answer)
{
    /// <summary>Further values for rewards, by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>A JSON list of the tools that the chat template shows; null is none.</summary>
    public string? ToolsJson { get; init; }

    /// <summary>A JSON object with further variables of the chat template; null is none.</summary>
    public string? TemplateArgumentsJson { get; init; }

    /// <summary>What is wrong with it; null where it is valid.</summary>
    public string? FindFault() =>
        Text is null == Messages is null ? Text is null ? "it has neither text nor messages; set exactly one" : "it has both text and messages; set exactly one"
        : Messages is null && (ToolsJson ?? TemplateArgumentsJson) is not null ? "it has tools or template arguments, but plain text does not use a chat template; give messages"
        : Messages?.Select((message, i) => message.FindFault() is { } fault ? $"message {i} {fault}" : null).FirstOrDefault(fault => fault is not null)
            ?? EmbeddedJson.FindFault(ToolsJson, JsonValueKind.Array, "tools")
            ?? EmbeddedJson.FindFault(TemplateArgumentsJson, JsonValueKind.Object, "template arguments");
}

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
