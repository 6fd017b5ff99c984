namespace AlignService.Training.Examples;

/// <summary>What an optimizer step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="Messages">Messages for the user: skipped updates.</param>
public sealed record ExampleStepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Messages);

/// <summary>The model's results on held-out examples.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Score">Minus the mean loss: larger is better.</param>
public sealed record ExampleEvaluation(IReadOnlyDictionary<string, double> Metrics, double Score);
