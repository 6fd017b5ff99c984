namespace AlignService.Benchmarks.Learning;

/// <summary>What was measured after a step; before the first it is step 0.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Metrics">Of the step, by the names of docs/algorithms.md.</param>
/// <param name="Success">Of the held-out prompts; null where they were not answered after this step.</param>
internal sealed record LearningPoint(int Step, IReadOnlyDictionary<string, double> Metrics, HeldOutSuccess? Success);
