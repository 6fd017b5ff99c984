using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>A prompt with its token ids, including special tokens.</summary>
public sealed record EncodedPrompt(Prompt Prompt, IReadOnlyList<int> Ids);
