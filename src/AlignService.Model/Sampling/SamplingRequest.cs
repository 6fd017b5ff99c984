using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>One prompt, and the number of completions.</summary>
/// <param name="PromptIndex">Part of the key of the prompt's random streams; 0 or more.</param>
/// <param name="PromptIds">Token ids, including special tokens; at least one.</param>
/// <param name="SampleCount">Number of completions (G); 1 or more.</param>
public sealed record SamplingRequest(int PromptIndex, IReadOnlyList<int> PromptIds, int SampleCount);

/// <summary>What all completions of one call have in common.</summary>
internal sealed record SamplingTask(SamplingConfig Config, SamplingKey Key, Tokenizer Tokenizer, IReadOnlySet<int> EndTokenIds)
{
    /// <summary>Receives a completion's text as it is sampled, whole characters only; for a single completion.</summary>
    public Action<string>? OnText { get; init; }
}
