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
}
