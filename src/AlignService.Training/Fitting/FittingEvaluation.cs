namespace AlignService.Training.Fitting;

/// <summary>How the model does on held-out examples.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Score">Minus the mean loss: the larger, the better.</param>
public sealed record FittingEvaluation(IReadOnlyDictionary<string, double> Metrics, double Score);
