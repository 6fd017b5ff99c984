using AlignService.Model.Sampling;

namespace AlignService.Benchmarks;

/// <summary>The size of the work.</summary>
/// <param name="Model">By <see cref="BenchmarkModels"/>.</param>
/// <param name="PromptCount">P, prompts.</param>
/// <param name="GroupSize">G, completions of each prompt.</param>
/// <param name="PromptLength">Tokens of a prompt.</param>
/// <param name="CompletionLength">Tokens of a completion at most.</param>
internal sealed record BatchShape(string Model, int PromptCount, int GroupSize, int PromptLength, int CompletionLength)
{
    /// <summary>Prompts of random tokens: what they say plays no part in the time they take.</summary>
    public IReadOnlyList<int[]> RandomPrompts(int vocabularySize, ulong seed) =>
        [.. Enumerable.Range(0, PromptCount).Select(prompt =>
        {
            RandomStream stream = new(new SamplingKey(seed, Step: 0), prompt, SampleIndex: 0);
            return Enumerable.Range(0, PromptLength).Select(position => (int)(stream.Uniform(position) * vocabularySize)).ToArray();
        })];
}
