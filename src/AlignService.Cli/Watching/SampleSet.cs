using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Completions that a job showed after a step; those of an evaluation answer the held-out prompts.</summary>
internal sealed record SampleSet(int Step, bool Evaluation, IReadOnlyList<SampleCompletion> Completions);
