namespace AlignService.Jobs.Events;

/// <summary>Some completions of a step, or of an evaluation.</summary>
public sealed record SampleCompletions(IReadOnlyList<SampleCompletion> Completions, bool Evaluation) : JobEventBody;
