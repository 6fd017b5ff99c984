namespace AlignService.Training.Prompts;

/// <summary>One turn of a conversation.</summary>
public sealed record PromptMessage(string Role, string Content);
