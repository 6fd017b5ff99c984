using AlignService.Training.Optimization;

namespace AlignService.Training.Improvement;

/// <summary>One optimiser step of GRPO.</summary>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="OldKl">Mean KL(old || new) of the tokens, in nats.</param>
/// <param name="Step">What the optimiser did.</param>
public sealed record MinibatchReport(IReadOnlyDictionary<string, double> Metrics, double OldKl, OptimizerStep Step);
