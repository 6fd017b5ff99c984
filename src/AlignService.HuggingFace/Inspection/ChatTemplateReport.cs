namespace AlignService.HuggingFace.Inspection;

/// <summary>What was understood of a chat template.</summary>
/// <param name="HasGenerationBlocks">It marks what the assistant writes, so that supervised data are masked by it.</param>
/// <param name="HasGenerationPrompt">Asked for it, it opens the assistant's turn.</param>
/// <param name="TakesSystemMessage">It renders a conversation that begins with a system message.</param>
/// <param name="Renders">It renders a question of the user.</param>
public sealed record ChatTemplateReport(bool HasGenerationBlocks, bool HasGenerationPrompt, bool TakesSystemMessage, bool Renders);
