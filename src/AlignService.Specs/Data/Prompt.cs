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
