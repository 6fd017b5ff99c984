using AlignService.Cli.Watching;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Demo;

/// <summary>A held-out prompt with the policy's answers before and after training.</summary>
internal sealed record AnsweredPrompt(SampleCompletion Before, SampleCompletion After)
{
    /// <summary>Pairs the first evaluation's completions with the last one's, prompt by prompt.</summary>
    public static IReadOnlyList<AnsweredPrompt> Pair(IEnumerable<SampleSet> samples)
    {
        var evaluations = samples.Where(set => set.Evaluation).ToList();
        int last = evaluations.Select(set => set.Step).DefaultIfEmpty().Max();
        var before = evaluations.Where(set => set.Step == 0).SelectMany(set => set.Completions);
        var after = evaluations.Where(set => set.Step == last).SelectMany(set => set.Completions).GroupBy(completion => completion.Prompt).ToDictionary(group => group.Key, group => group.First());
        return [.. before.DistinctBy(completion => completion.Prompt).Where(completion => after.ContainsKey(completion.Prompt)).Select(completion => new AnsweredPrompt(completion, after[completion.Prompt]))];
    }
}
