namespace AlignService.Training.Prompts;

/// <summary>What is wrong with one row; gathered by <see cref="PromptFile"/>.</summary>
internal sealed class PromptRowException(string message) : Exception(message);
