using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Examples;

/// <summary>What a model should learn: the answer to a prompt, or the assistant's part of a conversation.</summary>
/// <param name="Prompt">Text or messages; without a completion, a whole conversation.</param>
/// <param name="Completion">The answer; null: every turn of the assistant in the conversation is learned.</param>
[WireData(typeof(ExampleWire))]
public sealed record Example(Prompt Prompt, string? Completion)
{
    /// <summary>The prompt's text is no prompt: all of it is learned, and nothing else.</summary>
    public bool IsWholeText { get; init; }

    /// <summary>What is wrong with it; null where it is valid.</summary>
    public string? FindFault() => Prompt.FindFault() ?? this switch
    {
        { IsWholeText: true, Prompt.Text: null } or { IsWholeText: true, Completion: not null } => "its whole text is to be learned, but it has messages or a completion; give text alone",
        { IsWholeText: true } => null,
        { Prompt.Text: not null, Completion: null } => "it has a prompt but no completion; set completion",
        { Prompt.Messages: { } messages, Completion: null } when !messages.Any(TurnFields.IsAssistant) =>
            "no message has the role assistant, so there is nothing to learn; add the assistant's turn, or set completion",
        _ => null,
    };
}
