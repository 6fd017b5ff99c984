namespace AlignService.Training.Prompts;

/// <summary>What the policy answers: plain text, or messages that its chat template renders.</summary>
/// <param name="Index">Place in its source, from 0; part of the key of its random streams.</param>
/// <param name="Text">Plain text, encoded with the tokenizer's special tokens; null where messages are given.</param>
/// <param name="Messages">Rendered by the policy's chat template; null where text is given.</param>
/// <param name="Answer">The known answer, for rewards that compare with it.</param>
public sealed record Prompt(int Index, string? Text, IReadOnlyList<PromptMessage>? Messages, string? Answer)
{
    /// <summary>Further values for rewards, by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public string? FindFault() =>
        Text is null == Messages is null ? Text is null ? "it has neither text nor messages; set exactly one" : "it has both text and messages; set exactly one"
        : Messages?.Any(message => message.Role.Length == 0) == true ? "a message has no role; give system, user or assistant"
        : null;
}
