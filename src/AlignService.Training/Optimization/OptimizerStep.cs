namespace AlignService.Training.Optimization;

/// <summary>What an optimiser step did.</summary>
/// <param name="GradientNorm">Global norm before clipping; NaN or infinite where the gradient was not finite.</param>
/// <param name="Skipped">The gradient was not finite: nothing changed, neither parameters nor moments nor the step count.</param>
public readonly record struct OptimizerStep(double GradientNorm, bool Skipped);
