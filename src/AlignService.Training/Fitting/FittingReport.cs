namespace AlignService.Training.Fitting;

/// <summary>What an optimiser step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="Messages">What a user should know: skipped updates.</param>
public sealed record FittingReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Messages);
