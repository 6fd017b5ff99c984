namespace AlignService.Training.Examples;

/// <summary>What an optimiser step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="Messages">What a user should know: skipped updates.</param>
public sealed record ExampleStepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Messages);

/// <summary>How the model does on held-out examples.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Score">Minus the mean loss: the larger, the better.</param>
public sealed record ExampleEvaluation(IReadOnlyDictionary<string, double> Metrics, double Score);
