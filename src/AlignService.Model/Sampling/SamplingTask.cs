using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>What all completions of one call have in common.</summary>
internal sealed record SamplingTask(SamplingConfig Config, SamplingKey Key, Tokenizer Tokenizer, IReadOnlySet<int> EndTokenIds)
{
    /// <summary>Told of a completion's text as it comes, whole characters only; for a single completion.</summary>
    public Action<string>? OnText { get; init; }
}
