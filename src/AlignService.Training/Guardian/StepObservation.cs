
namespace AlignService.Training.Guardian;

/// <summary>What the guardian reads of a step.</summary>
/// <param name="Metrics">As far as they are known, by the names of algorithms.md.</param>
/// <param name="SkippedUpdates">Updates in a row, up to now, that were skipped because their gradient was not finite.</param>
internal sealed record StepObservation(IReadOnlyDictionary<string, double> Metrics, int SkippedUpdates);
